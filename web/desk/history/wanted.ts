import type { Search } from '../../chat/agent/records';

/** What an agent has put into the fields of the search; everything may be empty. */
export type Wanted = Readonly<{
  words: string;
  queue: string;
  agent: string;
  /** Days as date fields write them, 2026-03-29; the last one is meant whole. */
  from: string;
  to: string;
}>;

export const nothing: Wanted = { words: '', queue: '', agent: '', from: '', to: '' };

/** The search for what is wanted; days begin at midnight where the agent is. */
export function searchOf(w: Wanted): Search {
  const [from, to] = [midnight(w.from, 0), midnight(w.to, 1)];
  return {
    text: w.words.trim(),
    ...(w.queue === '' ? {} : { queueId: w.queue }),
    ...(w.agent === '' ? {} : { username: w.agent }),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
  };
}

/** When a day begins, or one some days later, in seconds since 1970; null for what is no day. */
function midnight(day: string, later: number): number | null {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  const at = new Date(year, month - 1, date + later).getTime() / 1000;
  return Number.isFinite(at) ? at : null;
}
