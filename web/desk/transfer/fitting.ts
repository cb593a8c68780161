import type { QuickConnect } from '../../chat/agent/records';

/** The quick connects that fit a word, by name; only colleagues can be added to a chat. */
export function fitting(all: readonly QuickConnect[], wanted: string, adds: boolean): readonly QuickConnect[] {
  const word = wanted.trim().toLocaleLowerCase();
  return all
    .filter((q) => !adds || q.type === 'agent')
    .filter((q) => [q.name, q.queue, q.agent].some((text) => text.toLocaleLowerCase().includes(word)))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
