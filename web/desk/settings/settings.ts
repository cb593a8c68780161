import { list, record, text } from '../../chat/item';

/** What an agent chose for this browser. */
export type Settings = Readonly<{
  theme: 'auto' | 'light' | 'dark';
  density: 'comfortable' | 'compact';
  /** The language in which times and dates are written; empty for the browser's. */
  dates: string;
  sounds: boolean;
  /** From 0 to 1. */
  volume: number;
  notifications: boolean;
  /** Whether the agent has been asked about notifications. */
  asked: boolean;
  columns: number;
  shortcuts: boolean;
  /** Keys that are not the usual ones, by the name of the command. */
  keys: Readonly<Record<string, string>>;
}>;

export const usual: Settings = {
  theme: 'auto',
  density: 'comfortable',
  dates: '',
  sounds: true,
  volume: 0.6,
  notifications: false,
  asked: false,
  columns: 1,
  shortcuts: true,
  keys: {},
};

export const languages = ['', 'en-GB', 'en-US', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'sv', 'tr', 'ar', 'he', 'hi', 'ja', 'ko', 'zh'] as const;

/** Reads settings as they were kept, perhaps by an older desk: what is not understood is as usual. */
export function parseSettings(value: unknown): Settings {
  const o = record(value);
  const bool = (key: 'sounds' | 'notifications' | 'asked' | 'shortcuts') => (typeof o[key] === 'boolean' ? o[key] : usual[key]);
  const number = (key: 'volume' | 'columns', most: number) =>
    typeof o[key] === 'number' && Number.isFinite(o[key]) ? Math.max(0, Math.min(most, o[key])) : usual[key];
  return {
    theme: o['theme'] === 'light' || o['theme'] === 'dark' ? o['theme'] : 'auto',
    density: o['density'] === 'compact' ? 'compact' : 'comfortable',
    dates: list(languages).includes(o['dates']) ? text(o['dates']) : '',
    sounds: bool('sounds'),
    volume: number('volume', 1),
    notifications: bool('notifications'),
    asked: bool('asked'),
    columns: Math.max(1, Math.round(number('columns', 4))),
    shortcuts: bool('shortcuts'),
    keys: Object.fromEntries(Object.entries(record(o['keys'])).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v]] : []))),
  };
}
