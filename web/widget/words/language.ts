/**
 * One language in use: its words, and how it writes numbers, days and times.
 * The words of each are a module, of which a visitor fetches one.
 */

import { record, text } from '../../chat/item';
import type { Key, Words } from './en';

const loaders = {
  en: async () => (await import('./en')).en,
  ar: async () => (await import('./ar')).ar,
  de: async () => (await import('./de')).de,
  es: async () => (await import('./es')).es,
  fr: async () => (await import('./fr')).fr,
  he: async () => (await import('./he')).he,
  it: async () => (await import('./it')).it,
  ja: async () => (await import('./ja')).ja,
  nl: async () => (await import('./nl')).nl,
  pl: async () => (await import('./pl')).pl,
  pt: async () => (await import('./pt')).pt,
  sv: async () => (await import('./sv')).sv,
  tr: async () => (await import('./tr')).tr,
  zh: async () => (await import('./zh')).zh,
} as const satisfies Readonly<Record<string, () => Promise<Words>>>;

/** The languages there are words for. */
export const languages: readonly string[] = Object.keys(loaders);

const rightToLeft = new Set(['ar', 'he']);

export type Values = Readonly<Record<string, string | number>>;

export type Language = Readonly<{
  /** A BCP 47 tag, region included where the page or browser gave one. */
  tag: string;
  direction: 'ltr' | 'rtl';
  /** A text with its {names} filled in; n chooses the plural form. */
  say(key: Key, values?: Values): string;
  /** 14:05. */
  time(at: number): string;
  /** Today, yesterday, or the date. */
  day(at: number, now: number): string;
  /** A date and time in full, for hints and transcripts. */
  full(at: number): string;
  /** 1.2 MB. */
  size(bytes: number): string;
  /** 30 min. */
  minutes(n: number): string;
  /** 1:05. */
  countdown(seconds: number): string;
}>;

/** The tag to use: what the look says, else the page's, else the browser's first that has words here. */
export function chooseTag(look: string, page: string, browser: readonly string[]): string {
  const wanted = [...(look === 'auto' ? [] : [look]), page, ...browser];
  const found = wanted.find((tag) => languages.includes(primary(tag))) ?? 'en';
  // A page in English says nothing of how dates are written; who reads it does.
  return found.includes('-') ? found : (browser.find((tag) => primary(tag) === primary(found)) ?? found);
}

const primary = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';

export async function loadLanguage(tag: string, overrides: Readonly<Record<string, unknown>>): Promise<Language> {
  const code = primary(tag);
  const words = await (loaders[code as keyof typeof loaders] ?? loaders.en)();
  return language(tag, words, { ...record(overrides[code]), ...record(overrides[tag]) });
}

/** A language from its words and what the site says differently. */
export function language(tag: string, words: Words, overrides: Readonly<Record<string, unknown>>): Language {
  const locale = supported(tag);
  const plural = new Intl.PluralRules(locale);
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const date = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const number = new Intl.NumberFormat(locale);

  function template(key: Key, n: number): string {
    const form = plural.select(n);
    const own = overrides[key];
    if (typeof own === 'string' && own !== '') return own;
    const ownForm = text(record(own)[form]) || text(record(own)['other']);
    if (ownForm !== '') return ownForm;
    const found = words[key];
    return typeof found === 'string' ? found : (found[form] ?? found.other);
  }

  return {
    tag,
    direction: rightToLeft.has(primary(tag)) ? 'rtl' : 'ltr',
    say: (key, values = {}) =>
      template(key, Number(values['n'] ?? 0)).replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = values[name];
        return value === undefined ? whole : typeof value === 'number' ? number.format(value) : value;
      }),
    time: (at) => time.format(at),
    day(at, now) {
      const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
      const name = days > 0 || days < -1 ? date.format(at) : relative.format(days, 'day');
      return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
    },
    full: (at) => full.format(at),
    size(bytes) {
      const units = ['byte', 'kilobyte', 'megabyte'] as const;
      // As the settings count: 20 megabytes of them are not 21 here.
      const step = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
      const digits = step === 2 && bytes < 10 * 1024 ** 2 ? 1 : 0;
      return new Intl.NumberFormat(locale, { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: digits }).format(bytes / 1024 ** step);
    },
    minutes: (n) => new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', unitDisplay: 'short' }).format(n),
    countdown: (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`,
  };
}

function midnight(at: number): number {
  const d = new Date(at);
  return Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
}

/** The tag if Intl can read it; a page's lang may be anything. */
function supported(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
