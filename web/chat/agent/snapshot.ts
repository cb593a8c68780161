/**
 * What an agent is told: one complete picture after the other, never a
 * difference. Parsed once here.
 */

import { list, record, text, type ContactId, type ParticipantId } from '../item';

export type AgentState = Readonly<{ arn: string; type: string; name: string }>;

/** Where a contact stands for this agent. */
export type ContactState = 'connecting' | 'connected' | 'ended' | 'missed' | 'rejected' | 'error' | 'other';

export type AgentContact = Readonly<{
  id: ContactId;
  /** The first contact of the chain; the contact itself when it was never transferred. */
  initial: ContactId;
  state: ContactState;
  /** When it came to this state, in the server's milliseconds. */
  since: number;
  queue: string;
  customer: string;
  /** The agent's own connection, which is also its participant in the chat. */
  me: ParticipantId;
}>;

export type Snapshot = Readonly<{
  /** The server's clock when it took the picture, in milliseconds. */
  at: number;
  state: AgentState;
  /** A state that waits for the chats to be done. */
  next: AgentState | null;
  /** Oldest first. */
  contacts: readonly AgentContact[];
}>;

export type Configuration = Readonly<{ name: string; username: string; states: readonly AgentState[] }>;

/** How long an offer rings, in milliseconds. */
export const ringFor = 20_000;

export function parseConfiguration(value: unknown): Configuration {
  const o = record(value);
  return {
    name: text(o['name']) || text(o['username']),
    username: text(o['username']),
    states: list(o['agentStates']).map(parseState),
  };
}

export function parseSnapshot(value: unknown): Snapshot {
  const o = record(value);
  const next = o['nextState'];
  return {
    at: milliseconds(o['snapshotTimestamp']),
    state: parseState(o['state']),
    next: next === null || next === undefined ? null : parseState(next),
    contacts: list(o['contacts'])
      .filter((c) => record(c)['type'] === 'chat')
      .map(parseContact)
      .sort((a, b) => a.since - b.since),
  };
}

/** Milliseconds of ringing left, at a time on the server's clock. */
export function ringLeft(contact: AgentContact, serverNow: number): number {
  return Math.max(0, contact.since + ringFor - serverNow);
}

function parseState(value: unknown): AgentState {
  const o = record(value);
  return { arn: text(o['agentStateARN']), type: text(o['type']), name: text(o['name']) };
}

function parseContact(value: unknown): AgentContact {
  const o = record(value);
  const connections = list(o['connections']).map(record);
  const mine = connections.find((c) => c['type'] === 'agent');
  const customer = connections.find((c) => c['initial'] === true);
  const id = text(o['contactId']);
  return {
    id,
    initial: text(o['initialContactId']) || id,
    state: contactState(text(record(o['state'])['type'])),
    since: milliseconds(record(o['state'])['timestamp']),
    queue: text(record(o['queue'])['name']),
    customer: text(record(customer?.['chatMediaInfo'])['customerName']) || 'Customer',
    me: text(mine?.['connectionId']),
  };
}

function contactState(type: string): ContactState {
  switch (type) {
    case 'connecting':
    case 'connected':
    case 'ended':
    case 'missed':
    case 'rejected':
    case 'error':
      return type;
    default:
      return 'other';
  }
}

/** The wire counts seconds since 1970, with fractions. */
function milliseconds(v: unknown): number {
  return typeof v === 'number' ? v * 1000 : 0;
}
