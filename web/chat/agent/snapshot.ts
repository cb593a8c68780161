/**
 * What an agent is told: one complete picture after the other, never a
 * difference. Parsed once here.
 */

import { list, record, text, type ContactId, type ParticipantId } from '../item';

export type AgentState = Readonly<{ arn: string; type: string; name: string }>;

/** Where a contact stands for this agent. */
export type ContactState = 'connecting' | 'connected' | 'ended' | 'missed' | 'rejected' | 'error' | 'other';

/** How a supervisor is in a chat: silently, or taking part. */
export type MonitorMode = 'SILENT_MONITOR' | 'BARGE';

/** Another person of the agents' side who is, was or is asked to be in the chat. */
export type Colleague = Readonly<{ id: ParticipantId; name: string; state: 'connecting' | 'connected' | 'disconnected' }>;

/** Something that a contact refers to: a page, a note, a number. */
export type Reference = Readonly<{ name: string; type: string; value: string }>;

export type AgentContact = Readonly<{
  id: ContactId;
  /** The first contact of the chain; the contact itself when it was never transferred. */
  initial: ContactId;
  state: ContactState;
  /** When it came to this state, in the server's milliseconds. */
  since: number;
  /** Until when an offer rings, and for how long it does in all. */
  rings: Readonly<{ until: number; whole: number }>;
  queue: string;
  queueArn: string;
  /** When it began to wait in the queue, in the server's milliseconds; null when it did not. */
  queued: number | null;
  customer: string;
  /** Whether the customer is still there. */
  customerHere: boolean;
  /** The agent's own connection, which is also its participant in the chat. */
  me: ParticipantId;
  description: string;
  /** What the customer said first; of offers only. */
  opening: string;
  attributes: Readonly<Record<string, string>>;
  references: readonly Reference[];
  colleagues: readonly Colleague[];
  /** Set for a supervisor who listens or takes part. */
  monitor: Readonly<{ mode: MonitorMode; mayBarge: boolean }> | null;
  markdown: boolean;
  attachments: boolean;
  multiParty: boolean;
}>;

export type Snapshot = Readonly<{
  /** The server's clock when it took the picture, in milliseconds. */
  at: number;
  state: AgentState;
  /** When the agent came to that state, in the server's milliseconds. */
  since: number;
  /** A state that waits for the chats to be done. */
  next: AgentState | null;
  /** Oldest first. */
  contacts: readonly AgentContact[];
}>;

export type Configuration = Readonly<{
  name: string;
  username: string;
  states: readonly AgentState[];
  /** The queues of the agent's routing profile. */
  queues: readonly Readonly<{ arn: string; name: string }>[];
  /** How many chats the agent can have at a time. */
  capacity: number;
  supervisor: boolean;
  admin: boolean;
}>;

/** How long an offer rings where the server does not say, in milliseconds. */
const usualRing = 20_000;

export function parseConfiguration(value: unknown): Configuration {
  const o = record(value);
  const profile = record(o['routingProfile']);
  const capacity = record(profile['channelConcurrencyMap'])['CHAT'];
  return {
    name: text(o['name']) || text(o['username']),
    username: text(o['username']),
    states: list(o['agentStates']).map(parseState),
    queues: list(profile['queues']).map((q) => ({ arn: text(record(q)['queueARN']), name: text(record(q)['name']) })),
    capacity: typeof capacity === 'number' ? capacity : 1,
    supervisor: record(o['bellpull'])['supervisor'] === true,
    admin: record(o['bellpull'])['admin'] === true,
  };
}

export function parseSnapshot(value: unknown): Snapshot {
  const o = record(value);
  const next = o['nextState'];
  return {
    at: milliseconds(o['snapshotTimestamp']),
    state: parseState(o['state']),
    since: milliseconds(record(o['state'])['startTimestamp']),
    next: next === null || next === undefined ? null : parseState(next),
    contacts: list(o['contacts'])
      .filter((c) => record(c)['type'] === 'chat')
      .map(parseContact)
      .sort((a, b) => a.since - b.since),
  };
}

function parseState(value: unknown): AgentState {
  const o = record(value);
  return { arn: text(o['agentStateARN']), type: text(o['type']), name: text(o['name']) };
}

function parseContact(value: unknown): AgentContact {
  const o = record(value);
  const connections = list(o['connections']).map(record);
  const mine = record(connections.find((c) => c['type'] === 'agent'));
  const customer = record(connections.find((c) => c['initial'] === true));
  const features = record(o['contactFeatures']);
  const queue = record(o['queue']);
  const id = text(o['contactId']);
  const since = milliseconds(record(o['state'])['timestamp']);
  const until = milliseconds(record(o['bellpull'])['ringsUntil']) || since + usualRing;
  return {
    id,
    initial: text(o['initialContactId']) || id,
    state: contactState(text(record(o['state'])['type'])),
    since,
    rings: { until, whole: until - since },
    queue: text(queue['name']),
    queueArn: text(queue['queueARN']),
    queued: milliseconds(o['queueTimestamp']) || null,
    customer: text(record(customer['chatMediaInfo'])['customerName']) || 'Customer',
    customerHere: record(customer['state'])['type'] === 'connected',
    me: text(mine['connectionId']),
    description: text(o['description']),
    opening: text(record(o['bellpull'])['opening']),
    attributes: Object.fromEntries(Object.entries(record(o['attributes'])).map(([key, v]) => [key, text(record(v)['value'])])),
    references: Object.entries(record(o['references'])).map(([name, v]) => ({ name, type: text(record(v)['type']), value: text(record(v)['value']) })),
    colleagues: connections.filter((c) => c['type'] === 'outbound').map(parseColleague),
    monitor: parseMonitor(mine),
    markdown: features['messagingMarkdownEnabled'] === true,
    attachments: features['attachmentsEnabled'] === true,
    multiParty: features['multiPartyConferenceEnabled'] === true,
  };
}

function parseColleague(c: Readonly<Record<string, unknown>>): Colleague {
  const state = text(record(c['state'])['type']);
  return {
    id: text(c['connectionId']),
    name: text(record(c['chatMediaInfo'])['agentName']) || text(c['quickConnectName']) || 'Colleague',
    state: state === 'connected' || state === 'connecting' ? state : 'disconnected',
  };
}

function parseMonitor(mine: Readonly<Record<string, unknown>>): AgentContact['monitor'] {
  const mode = text(mine['monitorStatus']);
  if (mode !== 'SILENT_MONITOR' && mode !== 'BARGE') return null;
  return { mode, mayBarge: list(mine['monitorCapabilities']).includes('BARGE') };
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
