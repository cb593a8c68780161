import type { QuickResponse } from '../../chat/agent/records';
import type { Selected } from './markdown';

/** The search that is being typed at the cursor: a slash that begins a word, up to the cursor. */
export type Query = Readonly<{ from: number; words: string }>;

export function queryAt(text: string, cursor: number): Query | null {
  const match = /(^|\s)\/([^\n/]{0,40})$/.exec(text.slice(0, cursor));
  if (match === null) return null;
  const words = match[2] ?? '';
  return /\s\s|^\s/.test(words) ? null : { from: cursor - words.length - 1, words };
}

/** Puts the best first: those whose shortcut fits, then whose name, then whose content; better fits before worse. */
export function ranked(responses: readonly QuickResponse[], words: string): readonly QuickResponse[] {
  const wanted = words.trim().toLocaleLowerCase();
  return responses
    .map((r, i) => ({ r, i, rank: rankOf(r, wanted) }))
    .filter(({ rank }) => rank < none)
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .map(({ r }) => r);
}

const none = 9;

function rankOf(r: QuickResponse, wanted: string): number {
  const fit = (value: string, best: number) => {
    const v = value.toLocaleLowerCase();
    return v === wanted ? best : v.startsWith(wanted) ? best + 1 : v.includes(wanted) ? best + 2 : none;
  };
  return Math.min(fit(r.shortcut, 0), fit(r.name, 3), fit(r.content, 6));
}

/** What fills the places in a quick response. */
export type Values = Readonly<{ customer: string; agent: string; attributes: Readonly<Record<string, string>> }>;

/** Fills {{customer.name}}, {{agent.name}} and {{attributes.KEY}}; a place for which there is nothing stays, so that the agent sees it. */
export function filled(content: string, values: Values): string {
  return content.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => {
    if (name.toLowerCase() === 'customer.name') return values.customer;
    if (name.toLowerCase() === 'agent.name') return values.agent;
    const key = /^attributes\.(.+)$/i.exec(name)?.[1];
    return key !== undefined && Object.hasOwn(values.attributes, key) ? (values.attributes[key] ?? whole) : whole;
  });
}

/** Types the slash that begins a search, in place of what is selected. */
export function slashed({ text, from, to }: Selected): Selected {
  const before = text.slice(0, from);
  const begun = /\S$/.test(before) ? `${before} /` : `${before}/`;
  return { text: begun + text.slice(to), from: begun.length, to: begun.length };
}
