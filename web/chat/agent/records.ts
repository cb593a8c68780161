/** What is known of contacts beside the snapshot: details, past ones, quick responses, quick connects. */

import { list, record, text, type ContactId } from '../item';
import type { Reference } from './snapshot';

/** One contact as a search finds it. Times are in milliseconds; null while there is none. */
export type FoundContact = Readonly<{
  id: ContactId;
  initial: ContactId;
  customer: string;
  queue: string;
  agent: string;
  started: number;
  ended: number | null;
  reason: string;
}>;

/** One stretch of a chat: who had it, and when. */
export type Stretch = Readonly<{ contact: ContactId; agent: string; queue: string; started: number; ended: number | null }>;

export type Details = Readonly<{
  id: ContactId;
  customerId: string;
  started: number;
  attributes: Readonly<Record<string, string>>;
  references: readonly Reference[];
  description: string;
  stretches: readonly Stretch[];
  /** Earlier chats of the same customer, newest first. */
  earlier: readonly FoundContact[];
}>;

export type QuickResponse = Readonly<{ id: string; name: string; shortcut: string; content: string; markdown: boolean }>;

/** Whom a chat can be handed on to. */
export type QuickConnect = Readonly<{
  arn: string;
  name: string;
  type: 'queue' | 'agent';
  queue: string;
  agent: string;
  /** A colleague's status; empty for queues. */
  state: string;
  routable: boolean;
  /** How many chats more the colleague, or those who serve the queue, could have now. */
  free: number;
  /** How many wait in the queue. */
  waiting: number;
}>;

/** What past contacts are looked for by; from and to are in seconds since 1970. */
export type Search = Readonly<{ text: string; queueId?: string; username?: string; from?: number; to?: number }>;

/** The queues and agents by which a search can be narrowed. */
export type SearchChoices = Readonly<{ queues: readonly Readonly<{ id: string; name: string }>[]; agents: readonly Readonly<{ username: string; name: string }>[] }>;

export function parseFound(value: unknown): FoundContact {
  const o = record(value);
  const id = text(o['contactId']);
  return {
    id,
    initial: text(o['initialContactId']) || id,
    customer: text(o['customer']) || 'Customer',
    queue: text(o['queue']),
    agent: text(o['agentName']) || text(o['agent']),
    started: seconds(o['started']) ?? 0,
    ended: seconds(o['ended']),
    reason: text(o['reason']),
  };
}

export function parseSearchChoices(value: unknown): SearchChoices {
  const o = record(value);
  return {
    queues: list(o['queues']).map((q) => ({ id: text(record(q)['id']), name: text(record(q)['name']) })),
    agents: list(o['agents']).map((a) => ({ username: text(record(a)['username']), name: text(record(a)['name']) })),
  };
}

export function parseDetails(value: unknown): Details {
  const o = record(value);
  return {
    id: text(o['contactId']),
    customerId: text(o['customerId']),
    started: seconds(o['started']) ?? 0,
    attributes: Object.fromEntries(Object.entries(record(o['attributes'])).map(([k, v]) => [k, text(v)])),
    references: list(o['references']).map((r) => ({ name: text(record(r)['name']), type: text(record(r)['type']), value: text(record(r)['value']) })),
    description: text(o['description']),
    stretches: list(o['segments']).map((s) => {
      const part = record(s);
      return {
        contact: text(part['contactId']),
        agent: text(part['agentName']) || text(part['agent']),
        queue: text(part['queue']),
        started: seconds(part['started']) ?? 0,
        ended: seconds(part['ended']),
      };
    }),
    earlier: list(o['earlier']).map(parseFound),
  };
}

export function parseQuickResponse(value: unknown): QuickResponse {
  const o = record(value);
  const contents = record(o['contents']);
  const type = text(o['contentType']);
  return {
    id: text(o['quickResponseId']) || text(o['id']),
    name: text(o['name']),
    shortcut: text(o['shortcutKey']) || text(o['shortcut']),
    content: text(o['content']) || text(record(contents['markdown'])['content']) || text(record(contents['plainText'])['content']),
    markdown: type.includes('markdown'),
  };
}

export function parseQuickConnect(value: unknown): QuickConnect {
  const o = record(value);
  const own = record(o['bellpull']);
  return {
    arn: text(o['endpointARN']),
    name: text(o['name']),
    type: o['type'] === 'queue' ? 'queue' : 'agent',
    queue: text(record(o['queue'])['name']),
    agent: text(o['agentLogin']),
    state: text(own['state']),
    routable: own['stateType'] === 'routable',
    free: count(own['free']),
    waiting: count(own['waiting']),
  };
}

function count(v: unknown): number {
  return typeof v === 'number' ? v : 0;
}

function seconds(v: unknown): number | null {
  return typeof v === 'number' ? v * 1000 : null;
}
