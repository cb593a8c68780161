import type { Details } from '../../chat/agent/records';
import type { AgentContact, Configuration, Snapshot } from '../../chat/agent/snapshot';
import { belongsTo, type ContactId, type Incoming, type Item } from '../../chat/item';
import { emptyTranscript, eventOf, reduce as reduceTranscript, type Transcript, type TranscriptEvent } from '../../chat/transcript/transcript';

/** How the agent's socket is doing. */
export type Line = Readonly<{ is: 'connecting' | 'open' } | { is: 'lost'; since: number }>;

/** How far the transcript has been read from the server. */
export type Loading = 'not yet' | 'reading' | 'read' | 'failed';

/** What the desk knows of one chat beside its snapshot. */
export type Chat = Readonly<{
  transcript: Transcript;
  loading: Loading;
  /** How to ask for the items before those here; null when there are none, undefined before any page was read. */
  older: string | null | undefined;
  /** The time of the newest item that the agent has seen. */
  seen: string;
  details: Details | null;
}>;

export type Open = Readonly<{
  at: 'desk';
  configuration: Configuration;
  snapshot: Snapshot;
  /** The server's clock less ours, in milliseconds. */
  skew: number;
  line: Line;
  chats: ReadonlyMap<ContactId, Chat>;
  /** The chats side by side, and which of them has the agent's attention. */
  panes: readonly ContactId[];
  active: ContactId | null;
  /** How many chats stand side by side. */
  columns: number;
}>;

/** Everything that the desk shows; built only by reduce, whole pictures replacing whole pictures. */
export type Desk = Open | AtDoor;

/** Before the desk: somebody signs in, or the browser's session is gone on with. */
export type AtDoor = Readonly<{ at: 'door'; problem: string | null; busy: boolean; resumes: boolean }>;

export type DeskEvent = Readonly<
  | { type: 'signing in' }
  | { type: 'resuming'; problem: string | null }
  | { type: 'signed out'; problem: string | null }
  | { type: 'signed in'; configuration: Configuration; snapshot: Snapshot; seen: Seen; columns: number; now: number }
  | { type: 'snapshot'; snapshot: Snapshot; now: number }
  | { type: 'configuration'; configuration: Configuration }
  | { type: 'line'; line: Line }
  | { type: 'incoming'; incoming: Incoming; now: number }
  | { type: 'chat'; contact: ContactId; event: TranscriptEvent }
  | { type: 'loading'; contact: ContactId; loading: Loading }
  | { type: 'page'; contact: ContactId; items: readonly Item[]; older: string | null; newest: boolean }
  | { type: 'details'; contact: ContactId; details: Details }
  | { type: 'select'; contact: ContactId }
  | { type: 'columns'; columns: number }
  | { type: 'seen'; seen: Seen }
  | { type: 'tick'; now: number }
>;

/** The time of the newest seen item of each contact. */
export type Seen = Readonly<Record<ContactId, string>>;

export const mostColumns = 4;

export const atTheDoor: Desk = { at: 'door', problem: null, busy: false, resumes: false };

export function reduce(desk: Desk, e: DeskEvent): Desk {
  switch (e.type) {
    case 'signing in':
      return { at: 'door', problem: null, busy: true, resumes: false };
    case 'resuming':
      return { at: 'door', problem: e.problem, busy: true, resumes: true };
    case 'signed out':
      return { at: 'door', problem: e.problem, busy: false, resumes: false };
    case 'signed in': {
      const { configuration, snapshot, columns, now } = e;
      const empty: Open = {
        at: 'desk', configuration, snapshot, skew: 0, line: { is: 'connecting' }, chats: new Map(), panes: [], active: null, columns,
      };
      return withSeen(picture(empty, snapshot, now), e.seen);
    }
  }
  if (desk.at === 'door') return desk; // an answer that came too late
  switch (e.type) {
    case 'snapshot':
      return e.snapshot.at < desk.snapshot.at ? desk : picture(desk, e.snapshot, e.now);
    case 'configuration':
      return { ...desk, configuration: e.configuration };
    case 'line':
      return { ...desk, line: e.line };
    case 'incoming':
      return heard(desk, e.incoming, e.now);
    case 'chat':
      return withChat(desk, e.contact, (chat) => withTranscript(chat, reduceTranscript(chat.transcript, e.event)));
    case 'loading':
      return withChat(desk, e.contact, (chat) => ({ ...chat, loading: e.loading }));
    case 'page':
      return withChat(desk, e.contact, (chat) => ({
        ...chat,
        transcript: reduceTranscript(chat.transcript, { type: 'items', items: e.items }),
        loading: 'read',
        older: e.newest && chat.older !== undefined && reachesBack(chat, e.items) ? chat.older : e.older,
      }));
    case 'details':
      return withChat(desk, e.contact, (chat) => ({ ...chat, details: e.details }));
    case 'select':
      return arranged(desk, e.contact);
    case 'columns':
      return arranged({ ...desk, columns: Math.max(1, Math.min(mostColumns, e.columns)) }, desk.active);
    case 'seen':
      return withSeen(desk, e.seen);
    case 'tick':
      return ticked(desk, e.now);
  }
}

/** The contacts that ring, oldest first. */
export function offers(desk: Open): readonly AgentContact[] {
  return desk.snapshot.contacts.filter((c) => c.state === 'connecting');
}

/** The contacts that are in the list: being talked to, or waiting to be closed. */
export function listed(desk: Open): readonly AgentContact[] {
  return desk.snapshot.contacts.filter((c) => c.state !== 'connecting');
}

export function contactOf(desk: Open, id: ContactId | null): AgentContact | null {
  return listed(desk).find((c) => c.id === id) ?? null;
}

/** How many messages others wrote that the agent has not seen. */
export function unread(chat: Chat): number {
  const { items, me } = chat.transcript;
  let n = 0;
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    if (item === undefined || item.at <= chat.seen) break;
    if (item.kind !== 'event' && item.author?.id !== me && item.author?.role !== 'SYSTEM') n++;
  }
  return n;
}

/** Who spoke last, the customer or our side, and since when (milliseconds) it is the other's turn; null before anything was said. */
export function turn(t: Transcript): Readonly<{ waiting: 'customer' | 'us'; since: number }> | null {
  let found: { waiting: 'customer' | 'us'; since: number } | null = null;
  for (let i = t.items.length - 1; i >= 0; i--) {
    const item = t.items[i];
    if (item === undefined || item.kind === 'event' || item.author?.role === 'SYSTEM') continue;
    const waiting = item.author?.role === 'CUSTOMER' ? 'customer' : 'us';
    if (found !== null && found.waiting !== waiting) break;
    found = { waiting, since: Date.parse(item.at) };
  }
  return found;
}

/** The newest thing somebody said, for a line about the chat. */
export function lastSaid(t: Transcript): Item | null {
  return t.items.findLast((i) => i.kind !== 'event') ?? null;
}

/** What tells the agent, in a word or two, where a contact stands when it is not being talked in. */
export function standing(contact: AgentContact): 'missed' | 'declined' | 'after' | 'talking' {
  switch (contact.state) {
    case 'missed':
    case 'error':
      return 'missed';
    case 'rejected':
      return 'declined';
    case 'ended':
      return 'after';
    default:
      return 'talking';
  }
}

/** Takes over a whole picture: chats come and go with its contacts, and an accepted chat comes to the front. */
function picture(desk: Open, snapshot: Snapshot, now: number): Open {
  const was = new Map(desk.snapshot.contacts.map((c) => [c.id, c]));
  const contacts = snapshot.contacts.map((c) => same(was.get(c.id), c));
  const chats = new Map(contacts.map((c) => [c.id, kept(desk.chats.get(c.id), c)]));
  const next: Open = { ...desk, snapshot: { ...snapshot, contacts }, skew: snapshot.at - now, chats };
  const accepted = contacts.find((c) => c.state === 'connected' && was.get(c.id)?.state === 'connecting');
  return arranged(next, accepted?.id ?? desk.active);
}

/** The object that is already known where the picture tells nothing new, so that what shows it need not be drawn anew. */
function same(was: AgentContact | undefined, now: AgentContact): AgentContact {
  return was !== undefined && JSON.stringify(was) === JSON.stringify(now) ? was : now;
}

function kept(chat: Chat | undefined, contact: AgentContact): Chat {
  if (chat !== undefined && chat.transcript.me === contact.me) return chat;
  return { transcript: emptyTranscript(contact.me), loading: 'not yet', older: undefined, seen: new Date(contact.since).toISOString(), details: null };
}

/** Puts chats side by side: those that were stay where they are, and the wanted one takes a free place or that of the active one. */
function arranged(desk: Open, wanted: ContactId | null): Open {
  const list = listed(desk).map((c) => c.id);
  const kept = desk.panes.filter((id) => list.includes(id));
  const active = wanted !== null && list.includes(wanted) ? wanted : (kept[0] ?? list[0] ?? null);
  if (active === null) return { ...desk, panes: [], active };
  const shown = kept.includes(active) ? kept : kept.length < desk.columns ? [...kept, active] : replaced(kept, desk.active, active);
  const all = [...shown, ...list.filter((id) => !shown.includes(id))];
  const room = desk.columns - 1;
  const others = all.filter((id) => id !== active).slice(0, room);
  const panes = all.filter((id) => id === active || others.includes(id));
  const unchanged = panes.length === desk.panes.length && panes.every((id, i) => id === desk.panes[i]);
  return { ...desk, panes: unchanged ? desk.panes : panes, active };
}

/** Puts one in the place of another, or of the last where that is not there. */
function replaced(panes: readonly ContactId[], old: ContactId | null, by: ContactId): readonly ContactId[] {
  const at = old !== null && panes.includes(old) ? panes.indexOf(old) : panes.length - 1;
  return panes.with(at, by);
}

/** Reports whether a chat holds older items than these: how to ask for still older ones is then known. */
function reachesBack(chat: Chat, items: readonly Item[]): boolean {
  const [oldest, first] = [chat.transcript.items[0], items[0]];
  return oldest !== undefined && first !== undefined && oldest.at < first.at;
}

function heard(desk: Open, incoming: Incoming, now: number): Open {
  const what = incoming.type === 'item' ? incoming.item : incoming.news;
  const contact =
    desk.snapshot.contacts.find((c) => c.id === what.contact) ?? desk.snapshot.contacts.find((c) => belongsTo(what, c.id, c.initial));
  const event = eventOf(incoming, now);
  if (contact === undefined || event === null) return desk;
  return withChat(desk, contact.id, (chat) => withTranscript(chat, reduceTranscript(chat.transcript, event)));
}

function withSeen(desk: Open, seen: Seen): Open {
  return Object.entries(seen).reduce((d, [id, at]) => withChat(d, id, (chat) => (at > chat.seen ? { ...chat, seen: at } : chat)), desk);
}

function ticked(desk: Open, now: number): Open {
  return [...desk.chats].reduce(
    (d, [id]) => withChat(d, id, (chat) => withTranscript(chat, reduceTranscript(chat.transcript, { type: 'tick', now }))),
    desk,
  );
}

function withTranscript(chat: Chat, transcript: Transcript): Chat {
  return transcript === chat.transcript ? chat : { ...chat, transcript };
}

function withChat(desk: Open, id: ContactId, change: (chat: Chat) => Chat): Open {
  const chat = desk.chats.get(id);
  if (chat === undefined) return desk;
  const next = change(chat);
  return next === chat ? desk : { ...desk, chats: new Map(desk.chats).set(id, next) };
}
