import './icon.css';

/** Drawn on a grid of 24 with round strokes of 1.75. */
const shapes = {
  accept: 'M5 12.5l4.5 4.5L19 7.5',
  add: 'M12 5v14M5 12h14',
  addPerson: 'M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20a7 7 0 0 1 14 0M19 8v6M16 11h6',
  attach: 'M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.5-7.5',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7zM10 20.5a2.2 2.2 0 0 0 4 0',
  bellOff: 'M8.5 5.2A6 6 0 0 1 18 10c0 2.4.5 3.9 1 5M16 17H4c0-1 2-2 2-7M10 20.5a2.2 2.2 0 0 0 4 0M4 4l16 16',
  bold: 'M7 5h6a3.5 3.5 0 0 1 0 7H7zM7 12h7a3.5 3.5 0 0 1 0 7H7z',
  bot: 'M5 9h14v10H5zM12 5v4M9 13.5v1M15 13.5v1M12 5a1 1 0 1 0 0-2 1 1 0 0 0 0 2M2.5 13v3M21.5 13v3',
  chart: 'M4 20h16M7 16v-5M12 16V6M17 16v-8',
  chat: 'M4 5h16v11H10l-5 4v-4H4z',
  chats: 'M3 4h12v9H8l-4 3v-3H3zM18 9h3v9h-1v3l-4-3H9',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
  close: 'M6 6l12 12M18 6L6 18',
  columns: 'M4 5h16v14H4zM12 5v14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  decline: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 8.5l7 7M15.5 8.5l-7 7',
  down: 'M6 9.5l6 6 6-6',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  edit: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  ear: 'M7 10a5 5 0 0 1 10 0c0 3.5-3.5 4-3.5 7.5a3 3 0 0 1-5.5 1.5M10 10a2 2 0 0 1 4 0c0 1.5-1.5 2-1.5 3.5',
  end: 'M9 5H5v14h4M14 8l4 4-4 4M18 12H9',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  focus: 'M4 5h16v14H4z',
  history: 'M4 12a8 8 0 1 0 2.5-5.800L4 8.500M4 4v4.500h4.500M12 8v4.500l3 1.5',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.01',
  italic: 'M10 5h7M7 19h7M14 5l-4 14',
  keyboard: 'M3 7h18v11H3zM7 11v.01M11 11v.01M15 11v.01M17.5 11v.01M8 15h8',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6v.01M4.5 12v.01M4.5 18v.01',
  listNumbered: 'M10 6h10M10 12h10M10 18h10M4 5l1.5-1v4.500M4 16h2.500L4 19.500h2.5',
  menu: 'M4 7h16M4 12h16M4 17h16',
  missed: 'M4 5h16v11H10l-5 4v-4H4zM9.5 8l5 5M14.5 8l-5 5',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
  offline: 'M4 4l16 16M8.5 16.500a5 5 0 0 1 7 0M5 13a10 10 0 0 1 4.5-2.600M19 13a10 10 0 0 0-3-2M2 9.500a15 15 0 0 1 4.5-2.800M22 9.500A15 15 0 0 0 11 5.600M12 20v.01',
  open: 'M9 5H5v14h14v-4M13 5h6v6M19 5l-8 8',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20a7 7 0 0 1 14 0',
  quick: 'M13 3L5 14h6l-1 7 8-11h-6z',
  retry: 'M20 12a8 8 0 1 1-2.5-5.800L20 8.500M20 4v4.500h-4.5',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5',
  send: 'M4 12L20 4l-5 16-3.5-6.500zM11.5 13.500L20 4',
  settings: 'M12 15.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM12 3v2.500M12 18.500V21M3 12h2.500M18.5 12H21M5.6 5.600l1.8 1.800M16.6 16.600l1.8 1.800M5.6 18.400l1.8-1.800M16.6 7.400l1.8-1.8',
  signOut: 'M14 5H5v14h9M17 8l4 4-4 4M21 12H10',
  speak: 'M4 10v4h4l5 4V6L8 10zM16.5 9a4.5 4.5 0 0 1 0 6',
  transfer: 'M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4',
  up: 'M6 14.500l6-6 6 6',
  warning: 'M12 4L2.5 20h19zM12 10v4.500M12 17.500v.01',
} as const;

export type IconName = keyof typeof shapes;

export const iconNames = Object.keys(shapes) as readonly IconName[];

/** A drawing beside words, or in a control that has a name: it says nothing itself. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg className={`icon icon-${name}`} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
