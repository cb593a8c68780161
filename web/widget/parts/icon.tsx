const paths = {
  minimise: 'm6 9 6 6 6-6',
  menu: 'M5 12h.01M12 12h.01M19 12h.01',
  close: 'm6 6 12 12M18 6 6 18',
  send: 'M12 19V5m-6 6 6-6 6 6',
  attach: 'm20 11.5-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6',
  emoji: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14.5c1.8 2.3 5.2 2.3 7 0M9 9.5h.01M15 9.5h.01',
  soundOn: 'M4 10v4h3l5 4V6l-5 4H4Zm12-1.5a5 5 0 0 1 0 7M18.5 6a8.5 8.5 0 0 1 0 12',
  soundOff: 'M4 10v4h3l5 4V6l-5 4H4Zm12 0 4 4m0-4-4 4',
  save: 'M12 4v11m-4.5-4 4.5 4.5 4.5-4.5M5 20h14',
  page: 'M6 3h8l4 4v14H6V3Zm8 0v4h4M9 12h6M9 16h6',
  print: 'M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7v-6Z',
  leave: 'M10 4H5v16h5M15 8l4 4-4 4m4-4H9',
  waiting: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2',
  sent: 'm5 12.5 4.5 4.5L19 7',
  seen: 'm2 12.5 4.5 4.5L16 7m-5 8 2 2L22.5 7',
  wrong: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-13v5m0 3h.01',
  bot: 'M7 9h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2Zm5 0V5m-3 8.5h.01M15 13.5h.01',
  speech: 'M5 5h14v10H10l-4 4v-4H5V5Z',
  next: 'm9 6 6 6-6 6',
  previous: 'm15 6-6 6 6 6',
  latest: 'M12 5v14m-6-6 6 6 6-6',
  file: 'M6 3h8l4 4v14H6V3Zm8 0v4h4',
} as const;

export type IconName = keyof typeof paths;

/** A line drawing beside words, or in a button that has a label; it says nothing itself. */
export function Icon({ name, turns = false }: { name: IconName; turns?: boolean }) {
  return (
    <svg className={`icon icon-${name}${turns ? ' turns' : ''}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
