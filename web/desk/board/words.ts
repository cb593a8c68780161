import type { Tone } from '../../ui';
import type { Urgency } from './board';
import { terms, type Term, type TermName } from './terms';

export const tones: Readonly<Record<Urgency, Tone>> = { well: 'neutral', soon: 'warn', late: 'bad' };

/** A share in percent, as people say it. */
export const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(share * 100)} %`);

/** What a figure means, with its name in the metrics. */
export function meaning(name: TermName): string {
  const term: Term = terms[name];
  return term.metric === undefined ? term.says : `${term.says} In the metrics: ${term.metric}.`;
}
