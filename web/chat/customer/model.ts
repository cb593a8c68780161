/**
 * A chat as a value, and all that can happen to it: the state that pages see,
 * and what the engine knows beside it. Built only by reduce, so that a test can
 * replay any of it.
 */

import { contentType, type Item, type ItemId, type ParticipantId, type ReceiptNews, type Role } from '../item';
import type { ChatState, Delivery, Line, Outgoing, Person, Phase, Problem, Queue, Transport } from './state';

/** An entry of the outbox, as the engine knows it. */
export type Entry = Outgoing &
  Readonly<{
    /** The time of the newest known item when it was first sent; null before. */
    since: string | null;
    /** The item that shows it has been said, though the service has not answered yet. It is not shown twice then. */
    echo: ItemId | null;
    /** What the service calls the file, once it has been told of it. */
    attachment: string | null;
  }>;

export type Model = Readonly<{
  chat: ChatState;
  entries: readonly Entry[];
  /** The time of the newest item that has been seen. */
  seen: string;
  /** Whether somebody is looking. */
  watched: boolean;
}>;

export type ChatEvent = Readonly<
  | { type: 'phase'; phase: Phase; problem?: Problem | null }
  | { type: 'began'; contact: string; me: ParticipantId; seen: string }
  | { type: 'line'; line: Line }
  | { type: 'transport'; transport: Transport }
  | { type: 'items'; items: readonly Item[]; earlier?: boolean }
  | { type: 'typing'; by: Person }
  | { type: 'quiet'; by: ParticipantId }
  | { type: 'receipt'; news: ReceiptNews }
  | { type: 'entry'; entry: Entry }
  | { type: 'gone'; key: string }
  | { type: 'said'; key: string; item: Item }
  | { type: 'queue'; queue: Queue | null }
  | { type: 'idle'; until: number | null }
  | { type: 'watched'; watched: boolean }
  | { type: 'problem'; problem: Problem | null }
  | { type: 'persistent'; persistent: boolean }
  | { type: 'forgotten' }
>;

const noChat: ChatState = {
  phase: 'idle',
  line: 'connecting',
  transport: 'websocket',
  contact: '',
  me: '',
  items: [],
  outbox: [],
  earlier: false,
  people: [],
  typing: [],
  deliveries: new Map(),
  queue: null,
  idleUntil: null,
  unread: 0,
  persistent: true,
  problem: null,
};

/** Nothing, before anything has happened. */
export const nothing: Model = { chat: noChat, entries: [], seen: '', watched: false };

export function reduce(m: Model, e: ChatEvent): Model {
  switch (e.type) {
    case 'phase':
      return show(m, { phase: e.phase, problem: e.problem ?? null, ...(e.phase === 'ended' ? over : {}) });
    case 'began':
      return show({ ...m, seen: e.seen }, { phase: 'open', contact: e.contact, me: e.me, problem: null });
    case 'line':
      return m.chat.line === e.line ? m : show(m, { line: e.line });
    case 'transport':
      return m.chat.transport === e.transport ? m : show(m, { transport: e.transport });
    case 'items': {
      const earlier = e.earlier ?? m.chat.earlier;
      const next = addAll(m, e.items);
      return next.chat.earlier === earlier ? next : show(next, { earlier });
    }
    case 'typing':
      if (e.by.id === m.chat.me || m.chat.typing.some((p) => p.id === e.by.id)) return m;
      return show(m, { typing: [...m.chat.typing, e.by] });
    case 'quiet':
      return m.chat.typing.some((p) => p.id === e.by) ? show(m, { typing: m.chat.typing.filter((p) => p.id !== e.by) }) : m;
    case 'receipt':
      return e.news.by === m.chat.me ? m : show(m, { deliveries: receive(m.chat, e.news) });
    case 'entry':
      return withEntries(m, put(m.entries, m.entries.some((x) => x.key === e.entry.key) ? e.entry : found(m.chat, e.entry)));
    case 'gone':
      return withEntries(m, m.entries.filter((x) => x.key !== e.key));
    case 'said':
      return addAll(withEntries(m, m.entries.filter((x) => x.key !== e.key)), [e.item]);
    case 'queue':
      return same(m.chat.queue, e.queue) ? m : show(m, { queue: e.queue });
    case 'idle':
      return m.chat.idleUntil === e.until ? m : show(m, { idleUntil: e.until });
    case 'watched':
      return look({ ...m, watched: e.watched });
    case 'problem':
      return show(m, { problem: e.problem });
    case 'persistent':
      return m.chat.persistent === e.persistent ? m : show(m, { persistent: e.persistent });
    case 'forgotten':
      return { ...nothing, watched: m.watched, chat: { ...noChat, persistent: m.chat.persistent } };
  }
}

/** What is no longer so when a chat is over. */
const over = { typing: [], queue: null, idleUntil: null, people: [] } as const;

function show(m: Model, change: Partial<ChatState>): Model {
  return { ...m, chat: { ...m.chat, ...change } };
}

function same(a: Queue | null, b: Queue | null): boolean {
  return a === b || (a !== null && b !== null && a.position === b.position && a.waitSeconds === b.waitSeconds);
}

/** Adds items, wherever in the order they belong; what is known is not added again. */
function addAll(m: Model, items: readonly Item[]): Model {
  const known = new Map(m.chat.items.map((i) => [i.id, i]));
  const fresh = new Map<ItemId, Item>();
  for (const item of items) {
    const old = known.get(item.id);
    if (old === undefined || newer(item, old)) fresh.set(item.id, item);
  }
  if (fresh.size === 0) return m;
  const replaced = m.chat.items.map((i) => fresh.get(i.id) ?? i);
  const added = [...fresh.values()].filter((i) => !known.has(i.id));
  const all = merge(replaced, added.sort(inOrder));
  const mine = added.filter((i) => i.author?.id === m.chat.me);
  const authors = new Set(added.map((i) => i.author?.id));
  const deliveries = new Map(m.chat.deliveries);
  for (const item of fresh.values()) {
    if (item.author?.id !== m.chat.me || item.kind === 'event') continue;
    const known = deliveries.get(item.id) ?? 'sent';
    deliveries.set(item.id, further(known, item.receipt ?? 'sent'));
  }
  const next = show(m, {
    items: all,
    people: m.chat.phase === 'ended' ? [] : peopleOf(all, m.chat.me),
    typing: m.chat.typing.filter((p) => !authors.has(p.id)),
    deliveries,
    ...(mine.length > 0 ? { idleUntil: null } : {}),
  });
  return look(withEntries(next, mine.reduce(echo, next.entries)));
}

/** A file's state may change, and an item of our own becomes what the service says of it. */
function newer(item: Item, old: Item): boolean {
  return item.attachments?.some((a, i) => a.status !== old.attachments?.[i]?.status) ?? false;
}

function inOrder(a: Item, b: Item): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}

/** Merges two lists that are in order. Almost always everything new comes last. */
function merge(old: readonly Item[], added: readonly Item[]): readonly Item[] {
  const first = added[0];
  if (first === undefined) return old;
  if ((old.at(-1)?.at ?? '') <= first.at) return [...old, ...added];
  return [...old, ...added].sort(inOrder);
}

/** Counts what has come since somebody looked. */
function look(m: Model): Model {
  const newest = m.chat.items.at(-1)?.at ?? '';
  if (m.watched) {
    const seen = newest > m.seen ? newest : m.seen;
    return m.chat.unread === 0 && seen === m.seen ? m : show({ ...m, seen }, { unread: 0 });
  }
  let unread = 0;
  for (let i = m.chat.items.length - 1; i >= 0; i--) {
    const item = m.chat.items[i];
    if (item === undefined || item.at <= m.seen) break;
    if (item.kind !== 'event' && item.author?.id !== m.chat.me) unread++;
  }
  return unread === m.chat.unread ? m : show(m, { unread });
}

/** Takes the first entry that an item of ours shows to have been said. */
function echo(entries: readonly Entry[], item: Item): readonly Entry[] {
  const at = entries.findIndex((e) => e.echo === null && shows(item, e));
  return at < 0 ? entries : entries.map((e, i) => (i === at ? { ...e, echo: item.id } : e));
}

/** Whether an item is what an entry says: it has come since that was first sent, in its words. */
function shows(item: Item, e: Entry): boolean {
  if (e.file !== null) return e.attachment !== null && (item.attachments?.some((a) => a.id === e.attachment) ?? false);
  return e.since !== null && item.at > e.since && e.content === item.content && e.contentType === item.contentType;
}

/** An entry from before a reload may have been said already. */
function found(chat: ChatState, e: Entry): Entry {
  const item = chat.items.find((i) => i.author?.id === chat.me && shows(i, e));
  return item === undefined ? e : { ...e, echo: item.id };
}

/** Entries stand in the order of their keys, which is that in which they were said. */
function put(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const rest = entries.filter((e) => e.key !== entry.key);
  const at = rest.findIndex((e) => e.key > entry.key);
  return at < 0 ? [...rest, entry] : rest.toSpliced(at, 0, entry);
}

function withEntries(m: Model, entries: readonly Entry[]): Model {
  if (entries === m.entries) return m;
  const outbox = entries
    .filter((e) => e.echo === null)
    .map(({ key, at, content, contentType, file, delivery, problem }) => ({ key, at, content, contentType, file, delivery, problem }));
  return show({ ...m, entries }, { outbox });
}

const rank: Readonly<Record<Delivery, number>> = { failed: 0, waiting: 0, sending: 1, sent: 2, delivered: 3, read: 4 };

function further(a: Delivery, b: Delivery): Delivery {
  return rank[a] >= rank[b] ? a : b;
}

/** A receipt is one for everything of ours before it as well: only the last of a burst is told. */
function receive(chat: ChatState, news: ReceiptNews): ReadonlyMap<ItemId, Delivery> {
  const next = new Map(chat.deliveries);
  const at = chat.items.findIndex((i) => i.id === news.message);
  for (const item of at < 0 ? [] : chat.items.slice(0, at + 1)) {
    const known = next.get(item.id);
    if (known !== undefined) next.set(item.id, further(known, news.receipt));
  }
  if (at < 0) next.set(news.message, news.receipt);
  return next;
}

const houseRoles: ReadonlySet<Role> = new Set(['AGENT', 'CUSTOM_BOT', 'SUPERVISOR']);

/** Who takes part beside us, as far as the items tell. */
function peopleOf(items: readonly Item[], me: ParticipantId): readonly Person[] {
  const people = new Map<ParticipantId, Person>();
  for (const item of items) {
    if (item.contentType === contentType.ended) people.clear();
    const person = personOf(item, me);
    if (person === null) continue;
    if (item.contentType === contentType.left) people.delete(person.id);
    else people.set(person.id, person);
  }
  return [...people.values()];
}

/** The author of an item, where that is somebody else who takes part. */
export function personOf(item: Item, me: ParticipantId): Person | null {
  const { author } = item;
  if (author === null || author.id === me || !houseRoles.has(author.role)) return null;
  return { id: author.id, name: author.name, role: author.role as Person['role'] };
}

/** The last item that a receipt of ours would name: what an agent has said. */
export function lastForUs(chat: ChatState): Item | null {
  return chat.items.findLast((i) => i.kind !== 'event' && i.author?.role === 'AGENT') ?? null;
}
