/** Why a contact waits, in words. */

import { list, record, text } from '../../chat/item';
import { number } from './board';

export type Obstacle = Readonly<{ username: string; reason: string; detail: string; /** When time alone ends it, in milliseconds. */ until: number | null }>;

export type Explanation = Readonly<{
  phase: string;
  ringsAt: string;
  queue: string;
  position: number;
  priority: number;
  step: number;
  steps: number;
  agents: readonly Obstacle[];
}>;

export function parseExplanation(value: unknown): Explanation {
  const o = record(value);
  return {
    phase: text(o['phase']), ringsAt: text(o['ringsAt']), queue: text(record(o['queue'])['name']), position: number(o['position']), priority: number(o['priority']),
    step: number(o['step']), steps: number(o['steps']),
    agents: list(o['agents']).map((a) => {
      const agent = record(a);
      return { username: text(agent['username']), reason: text(agent['reason']), detail: text(agent['detail']), until: number(agent['until']) * 1000 || null };
    }),
  };
}

const reasons: Readonly<Record<string, string>> = {
  'signed out': 'Has not signed in',
  status: 'Takes no chats in this status',
  'next status': 'Takes nothing more before the next status',
  rings: 'It rings there now',
  missed: 'Missed it, and has not cleared it yet',
  rejected: 'Declined it, and has not cleared it yet',
  'not served': 'Does not serve this queue',
  'on the desk': 'Has it on the desk already',
  'no slot': 'Has no place free',
  'other channel': 'Works on something that lets no chat in',
  delayed: 'Serves this queue only after a while',
  'step not met': 'Has not what the present routing step asks for',
  fits: 'Nothing stands in the way: it is about to ring, or another contact comes first',
};

/** Why this agent does not have it; a reason that we have no words for says itself. */
export function reasonOf(o: Obstacle): string {
  return `${reasons[o.reason] ?? o.reason}${o.detail === '' ? '' : ` (${o.detail})`}`;
}

/** Where the contact stands. */
export function standingOf(e: Explanation): string {
  if (e.ringsAt !== '') return `It rings at ${e.ringsAt} now.`;
  if (e.position === 0) return 'It does not wait any more.';
  const step = e.step > 0 ? ` Routing step ${e.step} of ${e.steps} counts.` : '';
  const free = e.agents.some((a) => a.reason === 'fits');
  const nobody = free ? '' : ' No agent can take it now; this is why:';
  return `Number ${e.position} in ${e.queue}.${step}${nobody}`;
}
