import type { AgentContact, Configuration, Snapshot } from '../../chat/agent/snapshot';
import { belongsTo, type ContactId, type Incoming, type Item } from '../../chat/item';
import { emptyTranscript, eventOf, reduce as reduceTranscript, type Transcript, type TranscriptEvent } from '../../chat/transcript/transcript';

/** How the agent's socket is doing. */
export type Line = 'connecting' | 'open' | 'lost';

/** What the desk knows of one chat beside its snapshot. */
export type Chat = Readonly<{
  transcript: Transcript;
  /** Messages that came while the chat was not the one on the screen. */
  unread: number;
  draft: string;
}>;

/** Everything the agent page shows. */
export type Desk = Readonly<
  | { at: 'door'; problem: string | null; busy: boolean }
  | {
      at: 'desk';
      configuration: Configuration;
      snapshot: Snapshot;
      /** The server's clock less ours, in milliseconds. */
      skew: number;
      now: number;
      line: Line;
      chats: ReadonlyMap<ContactId, Chat>;
      selected: ContactId | null;
      problem: string | null;
    }
>;

export type DeskEvent = Readonly<
  | { type: 'signing in' }
  | { type: 'signed out'; problem: string | null }
  | { type: 'signed in'; configuration: Configuration; snapshot: Snapshot; now: number }
  | { type: 'snapshot'; snapshot: Snapshot; now: number }
  | { type: 'line'; line: Line }
  | { type: 'incoming'; incoming: Incoming; now: number }
  | { type: 'chat'; contact: ContactId; event: TranscriptEvent }
  | { type: 'select'; contact: ContactId }
  | { type: 'draft'; contact: ContactId; text: string }
  | { type: 'problem'; problem: string | null }
  | { type: 'tick'; now: number }
>;

export const atTheDoor: Desk = { at: 'door', problem: null, busy: false };

export function reduce(desk: Desk, e: DeskEvent): Desk {
  switch (e.type) {
    case 'signing in':
      return { at: 'door', problem: null, busy: true };
    case 'signed out':
      return { at: 'door', problem: e.problem, busy: false };
    case 'signed in':
      return picture(
        {
          at: 'desk',
          configuration: e.configuration,
          snapshot: e.snapshot,
          skew: 0,
          now: e.now,
          line: 'connecting',
          chats: new Map(),
          selected: null,
          problem: null,
        },
        e.snapshot,
        e.now,
      );
  }
  if (desk.at === 'door') return desk; // an answer that came too late
  switch (e.type) {
    case 'snapshot':
      return e.snapshot.at < desk.snapshot.at ? desk : picture(desk, e.snapshot, e.now);
    case 'line':
      return { ...desk, line: e.line };
    case 'incoming':
      return heard(desk, e.incoming, e.now);
    case 'chat':
      return withChat(desk, e.contact, (chat) => ({ ...chat, transcript: reduceTranscript(chat.transcript, e.event) }));
    case 'select':
      return withChat({ ...desk, selected: e.contact }, e.contact, (chat) => ({ ...chat, unread: 0 }));
    case 'draft':
      return withChat(desk, e.contact, (chat) => ({ ...chat, draft: e.text }));
    case 'problem':
      return { ...desk, problem: e.problem };
    case 'tick': {
      const event = { type: 'tick', now: e.now } as const;
      const chats = new Map([...desk.chats].map(([id, chat]) => [id, { ...chat, transcript: reduceTranscript(chat.transcript, event) }]));
      return { ...desk, now: e.now, chats };
    }
  }
}

type Open = Extract<Desk, { at: 'desk' }>;

/** The contacts that ring, oldest first. */
export function offers(desk: Open): readonly AgentContact[] {
  return desk.snapshot.contacts.filter((c) => c.state === 'connecting');
}

/** The contacts that have a tab: being talked to, or waiting to be closed. */
export function tabs(desk: Open): readonly AgentContact[] {
  return desk.snapshot.contacts.filter((c) => c.state !== 'connecting');
}

export function selectedContact(desk: Open): AgentContact | null {
  return tabs(desk).find((c) => c.id === desk.selected) ?? null;
}

/** Takes over a whole picture: chats come and go with its contacts, and the selection stays on a tab. */
function picture(desk: Open, snapshot: Snapshot, now: number): Open {
  const chats = new Map(
    snapshot.contacts.map((c) => [c.id, desk.chats.get(c.id) ?? { transcript: emptyTranscript(c.me), unread: 0, draft: '' }]),
  );
  const next = { ...desk, snapshot, now, skew: snapshot.at - now, chats };
  const open = tabs(next);
  const accepted = open.find((c) => desk.snapshot.contacts.some((was) => was.id === c.id && was.state === 'connecting' && c.state === 'connected'));
  const selected = accepted ?? open.find((c) => c.id === desk.selected) ?? open[0];
  if (selected === undefined) return { ...next, selected: null };
  return selected.id === desk.selected ? next : withChat({ ...next, selected: selected.id }, selected.id, (chat) => ({ ...chat, unread: 0 }));
}

function heard(desk: Open, incoming: Incoming, now: number): Open {
  const what = incoming.type === 'item' ? incoming.item : incoming.news;
  const contact = desk.snapshot.contacts.find((c) => belongsTo(what, c.id, c.initial));
  if (contact === undefined) return desk;
  return withChat(desk, contact.id, (chat) => {
    const event = eventOf(incoming, now);
    const transcript = event === null ? chat.transcript : reduceTranscript(chat.transcript, event);
    const news = incoming.type === 'item' && countsAsUnread(incoming.item, contact.me) && transcript.items !== chat.transcript.items;
    return { ...chat, transcript, unread: news && desk.selected !== contact.id ? chat.unread + 1 : chat.unread };
  });
}

function countsAsUnread(item: Item, me: string): boolean {
  return item.kind !== 'event' && item.author?.id !== me;
}

function withChat(desk: Open, id: ContactId, change: (chat: Chat) => Chat): Open {
  const chat = desk.chats.get(id);
  return chat === undefined ? desk : { ...desk, chats: new Map(desk.chats).set(id, change(chat)) };
}
