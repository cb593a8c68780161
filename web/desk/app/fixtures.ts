/** What tests of the desk are made of. */

import type { AgentContact, Snapshot } from '../../chat/agent/snapshot';
import type { Item } from '../../chat/item';
import { atTheDoor, reduce, type Desk, type DeskEvent, type Open } from './state';

export const available = { arn: 'arn:1', type: 'routable', name: 'Available' };

export const configuration = { name: 'Ana', username: 'ana', states: [available], queues: [], capacity: 5, supervisor: false, admin: false };

export function contact(id: string, more: Partial<AgentContact> = {}): AgentContact {
  return {
    id, initial: id, state: 'connected', since: 0, rings: { until: 20_000, whole: 20_000 }, queue: 'Support', queueArn: 'q', queued: null, customer: 'Bob', customerHere: true, me: `${id}-me`,
    description: '', opening: '', attributes: {}, references: [], colleagues: [], monitor: null, markdown: true, attachments: false, multiParty: false, ...more,
  };
}

export function snapshot(at: number, ...contacts: readonly AgentContact[]): Snapshot {
  return { at, state: available, since: 0, next: null, contacts };
}

/** A message of the customer's; second is when it was said. */
export function message(second: number, more: Partial<Item> = {}): Item {
  return {
    id: `m-${second}`, at: new Date(second * 1000).toISOString(), kind: 'message', contentType: 'text/plain', content: `words ${second}`,
    author: { id: 'p-bob', name: 'Bob', role: 'CUSTOMER' }, contact: 'a', initialContact: 'a', receipt: null, ...more,
  };
}

/** A desk that has been signed in to at second 1, and what happened then. */
export function desk(...events: readonly DeskEvent[]): Open {
  const begin: DeskEvent = { type: 'signed in', configuration, snapshot: snapshot(1000), seen: {}, columns: 1, now: 400 };
  const d = [begin, ...events].reduce<Desk>(reduce, atTheDoor);
  if (d.at !== 'desk') throw new Error('the desk is closed');
  return d;
}

export const look = (at: number, ...contacts: readonly AgentContact[]): DeskEvent => ({ type: 'snapshot', snapshot: snapshot(at, ...contacts), now: at });

export const hears = (item: Item): DeskEvent => ({ type: 'incoming', incoming: { type: 'item', item }, now: 0 });
