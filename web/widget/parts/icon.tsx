const paths = {
  minimise: 'm6 9 6 6 6-6',
  menu: 'M5 12h.01M12 12h.01M19 12h.01',
  close: 'm6 6 12 12M18 6 6 18',
  send: 'M12 19V5m-6 6 6-6 6 6',
  attach: 'm20 11.500-8 8a5 5 0 0 1-7-7l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700l-8.400 8.400a1.700 1.700 0 0 1-2.400-2.400l7.600-7.600',
  emoji: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.500 14.500c1.800 2.300 5.200 2.300 7 0M9 9.500h.01M15 9.500h.01',
  soundOn: 'M4 10v4h3l5 4V6l-5 4H4Zm12-1.500a5 5 0 0 1 0 7M18.500 6a8.500 8.500 0 0 1 0 12',
  soundOff: 'M4 10v4h3l5 4V6l-5 4H4Zm12 0 4 4m0-4-4 4',
  save: 'M12 4v11m-4.500-4 4.500 4.500 4.500-4.500M5 20h14',
  page: 'M6 3h8l4 4v14H6V3Zm8 0v4h4M9 12h6M9 16h6',
  print: 'M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7v-6Z',
  leave: 'M10 4H5v16h5M15 8l4 4-4 4m4-4H9',
  waiting: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2',
  sent: 'm5 12.500 4.500 4.500L19 7',
  seen: 'm2 12.500 4.500 4.500L16 7m-5 8 2 2L22.500 7',
  wrong: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-13v5m0 3h.01',
  bot: 'M7 9h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2Zm5 0V5m-3 8.500h.01M15 13.500h.01',
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
    <svg className={turns ? 'icon turns' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} strokeWidth={name === 'menu' ? 2.6 : undefined} />
    </svg>
  );
}
