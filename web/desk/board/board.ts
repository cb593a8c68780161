/** What the board shows: parsed once, and made of the same values as before where nothing has changed, so that only what moved is drawn. */

import { list, record, text, type ContactId } from '../../chat/item';

export type QueueRow = Readonly<{
  id: string;
  name: string;
  waiting: number;
  /** For how many seconds the oldest has waited. */
  oldest: number | null;
  available: number;
  staffed: number;
  inContact: number;
  handled: number;
  abandoned: number;
  /** 0 to 1. */
  serviceLevel: number | null;
  /** Seconds within which a customer is to be answered. */
  target: number;
}>;

export type AgentChat = Readonly<{ id: ContactId; customer: string; queue: string; state: string; since: number }>;

export type AgentRow = Readonly<{
  username: string;
  name: string;
  state: string;
  type: string;
  next: string;
  /** In milliseconds, of the server's clock; null for who never came. */
  since: number | null;
  capacity: number;
  chats: readonly AgentChat[];
}>;

export type WaitingRow = Readonly<{ id: ContactId; queue: string; customer: string; since: number; position: number; rings: boolean }>;

export type Board = Readonly<{
  /** The server's clock when it was drawn, in milliseconds. */
  at: number;
  queues: readonly QueueRow[];
  agents: readonly AgentRow[];
  waiting: readonly WaitingRow[];
}>;

export type Totals = Readonly<{
  waiting: number;
  oldest: number | null;
  target: number;
  serviceLevel: number | null;
  handled: number;
  abandoned: number;
  available: number;
  busy: number;
  afterWork: number;
}>;

/** How a wait stands against its target: well, more than half of it over, or too long. */
export type Urgency = 'well' | 'soon' | 'late';

export function urgency(seconds: number | null, target: number): Urgency {
  if (seconds === null || seconds <= target / 2) return 'well';
  return seconds <= target ? 'soon' : 'late';
}

export const number = (v: unknown): number => (typeof v === 'number' ? v : 0);
export const perhaps = (v: unknown): number | null => (typeof v === 'number' ? v : null);
const moment = (v: unknown): number => number(v) * 1000;

export function parseBoard(value: unknown, before: Board | null = null): Board {
  const o = record(value);
  return {
    at: moment(o['at']),
    queues: reuse(before?.queues ?? [], list(o['queues']).map(parseQueue), (q) => q.id),
    agents: reuse(before?.agents ?? [], list(o['agents']).map(parseAgent), (a) => a.username),
    waiting: reuse(before?.waiting ?? [], list(o['waiting']).map(parseWaiting), (w) => w.id),
  };
}

function parseQueue(value: unknown): QueueRow {
  const o = record(value);
  return {
    id: text(o['id']), name: text(o['name']), waiting: number(o['waiting']), oldest: perhaps(o['oldest']), available: number(o['available']), staffed: number(o['staffed']),
    inContact: number(o['contacts']), handled: number(o['handledToday']), abandoned: number(o['abandonedToday']), serviceLevel: perhaps(o['serviceLevel']), target: number(o['target']),
  };
}

function parseAgent(value: unknown): AgentRow {
  const o = record(value);
  return {
    username: text(o['username']), name: text(o['name']), state: text(o['state']), type: text(o['stateType']), next: text(o['nextState']),
    since: typeof o['since'] === 'number' ? moment(o['since']) : null, capacity: number(o['capacity']),
    chats: list(o['contacts']).map((c) => {
      const chat = record(c);
      return { id: text(chat['contactId']), customer: text(chat['customer']) || 'Customer', queue: text(chat['queue']), state: text(chat['state']), since: moment(chat['since']) };
    }),
  };
}

function parseWaiting(value: unknown): WaitingRow {
  const o = record(value);
  return { id: text(o['contactId']), queue: text(o['queue']), customer: text(o['customer']) || 'Customer', since: moment(o['since']), position: number(o['position']), rings: o['rings'] === true };
}

/** The rows of now, each the same object as before where it says the same. */
function reuse<R>(before: readonly R[], now: readonly R[], keyOf: (row: R) => string): readonly R[] {
  const known = new Map(before.map((row) => [keyOf(row), row]));
  const rows = now.map((row) => {
    const old = known.get(keyOf(row));
    return old !== undefined && JSON.stringify(old) === JSON.stringify(row) ? old : row;
  });
  return rows.length === before.length && rows.every((row, i) => row === before[i]) ? before : rows;
}

export const isTalking = (chat: AgentChat): boolean => chat.state === 'connected';
export const isAfterWork = (chat: AgentChat): boolean => chat.state === 'ended';

export function totals(board: Board): Totals {
  const { queues, agents } = board;
  const sum = (of: (q: QueueRow) => number) => queues.reduce((n, q) => n + of(q), 0);
  const oldest = queues.reduce<number | null>((most, q) => (q.oldest === null ? most : Math.max(most ?? 0, q.oldest)), null);
  const counted = sum((q) => (q.serviceLevel === null ? 0 : q.handled + q.abandoned));
  const busy = agents.filter((a) => a.chats.some(isTalking));
  return {
    waiting: sum((q) => q.waiting),
    oldest,
    target: queues.reduce((least, q) => Math.min(least, q.target), queues[0]?.target ?? 0),
    serviceLevel: counted === 0 ? null : sum((q) => (q.serviceLevel ?? 0) * (q.handled + q.abandoned)) / counted,
    handled: sum((q) => q.handled),
    abandoned: sum((q) => q.abandoned),
    available: agents.filter((a) => a.type === 'routable' && a.chats.length === 0).length,
    busy: busy.length,
    afterWork: agents.filter((a) => a.chats.some(isAfterWork)).length,
  };
}

export type Sort<K extends string> = Readonly<{ by: K; descending: boolean }>;

/** What can be compared of a queue. */
export type QueueKey = 'name' | 'waiting' | 'oldest' | 'available' | 'inContact' | 'handled' | 'abandoned' | 'serviceLevel';

/** Rows in order; what is not known comes last either way, and names decide between equals. */
export function sortQueues(queues: readonly QueueRow[], sort: Sort<QueueKey>): readonly QueueRow[] {
  const way = sort.descending ? -1 : 1;
  return [...queues].sort((a, b) => {
    const [x, y] = [a[sort.by], b[sort.by]];
    if (x === null || y === null) return x === y ? a.name.localeCompare(b.name) : x === null ? 1 : -1;
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
    return order === 0 ? a.name.localeCompare(b.name) : order * way;
  });
}

/** Which agents to look at. */
export type AgentFilter = Readonly<{ words: string; kind: 'here' | 'all' | 'available' | 'busy' | 'away' }>;

export function filterAgents(agents: readonly AgentRow[], filter: AgentFilter): readonly AgentRow[] {
  const words = filter.words.trim().toLowerCase();
  return agents.filter((a) => {
    if (words !== '' && !`${a.name} ${a.username} ${a.chats.map((c) => c.customer).join(' ')}`.toLowerCase().includes(words)) return false;
    switch (filter.kind) {
      case 'all':
        return true;
      case 'here':
        return a.type !== 'offline' || a.chats.length > 0;
      case 'available':
        return a.type === 'routable' && a.chats.length < a.capacity;
      case 'busy':
        return a.chats.length > 0;
      case 'away':
        return a.type !== 'routable' && a.type !== 'offline';
    }
  });
}
