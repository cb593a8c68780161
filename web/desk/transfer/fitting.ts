import type { QuickConnect } from '../../chat/agent/records';

/** Whether anybody is likely to answer, in words. */
export function prospect(q: QuickConnect): string {
  if (q.type === 'agent') return q.routable && q.free === 0 ? `${q.state}, has enough chats` : q.state;
  const free = q.free === 0 ? 'nobody free' : `room for ${q.free}`;
  return q.waiting === 0 ? free : `${free}, ${q.waiting} waiting`;
}

/** The quick connects that fit a word, by name; only colleagues can be added to a chat. */
export function fitting(all: readonly QuickConnect[], wanted: string, adds: boolean): readonly QuickConnect[] {
  const word = wanted.trim().toLocaleLowerCase();
  return all
    .filter((q) => !adds || q.type === 'agent')
    .filter((q) => [q.name, q.queue, q.agent].some((text) => text.toLocaleLowerCase().includes(word)))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
