/** Dates and times as the agent wants them written. */

/** The time of day, 14:05. */
export function clock(at: number, language: string): string {
  return format(at, language, { hour: '2-digit', minute: '2-digit' });
}

/** A day as people speak of it: Today, Yesterday, or its date. */
export function day(at: number, now: number, language: string): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return format(at, language, { weekday: 'long', day: 'numeric', month: 'long', ...(days > 300 ? { year: 'numeric' } : {}) });
}

/** A day and a time in little room. */
export function moment(at: number, language: string): string {
  return format(at, language, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

export function sameDay(a: number, b: number): boolean {
  return midnight(a) === midnight(b);
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: number, language: string, options: Intl.DateTimeFormatOptions): string {
  if (Number.isNaN(at)) return '';
  const key = language + JSON.stringify(options);
  let f = formats.get(key);
  if (f === undefined) {
    f = new Intl.DateTimeFormat(language === '' ? undefined : language, options);
    formats.set(key, f);
  }
  return f.format(at);
}
