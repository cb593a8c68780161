/**
 * What the conversation shows, row by row: days, groups of what one person said
 * within a minute, events in plain words, and where the new begins. A pure
 * function of the chat, so that a test can lay out any state.
 */

import type { Attachment, Item, ItemId } from '../../chat/item';
import type { ChatState, Delivery, Outgoing } from '../../chat/customer/state';
import type { Key } from '../words/en';
import { answerText, interactiveType, offers, titleOf } from '../interactive/answer';

export type Body =
  | Readonly<{ kind: 'text' | 'markdown' | 'interactive'; content: string }>
  | Readonly<{ kind: 'files'; files: readonly Attachment[] }>
  | Readonly<{ kind: 'upload'; outgoing: Outgoing; file: NonNullable<Outgoing['file']> }>
  | Readonly<{ kind: 'unknown' }>;

export type Entry = Readonly<{
  key: string;
  body: Body;
  /** Of the customer's own only; null for what others said. */
  delivery: Delivery | null;
  /** Set while it is in the outbox. */
  outgoing: Outgoing | null;
  /** Of interactive messages: what was answered, or null while it can be. */
  answer: string | null;
}>;

export type Who = 'me' | 'agent' | 'bot' | 'system';

export type Row =
  | Readonly<{ kind: 'day'; key: string; at: number }>
  | Readonly<{ kind: 'new'; key: string }>
  | Readonly<{ kind: 'event'; key: string; say: Key; name: string; at: number }>
  | Readonly<{ kind: 'group'; key: string; who: Who; name: string; at: number; entries: readonly Entry[] }>;

const event = 'application/vnd.amazonaws.connect.event.';
const together = 60_000;

/** Lays out the chat. firstNew is the item that the line of new messages stands above. */
export function rowsOf(state: ChatState, firstNew: ItemId | null): readonly Row[] {
  const rows: Row[] = [];
  let day = '';
  let group: { row: Extract<Row, { kind: 'group' }>; author: string; last: number; entries: Entry[] } | null = null;

  function beginDay(at: number) {
    const name = new Date(at).toDateString();
    if (name === day) return;
    day = name;
    group = null;
    rows.push({ kind: 'day', key: `day ${name}`, at });
  }

  function add(entry: Entry, who: Who, author: string, name: string, at: number) {
    beginDay(at);
    if (group === null || group.author !== author || at - group.last >= together) {
      const entries: Entry[] = [];
      const row = { kind: 'group', key: entry.key, who, name, at, entries } as const;
      group = { row, author, last: at, entries };
      rows.push(row);
    }
    group.entries.push(entry);
    group.last = at;
  }

  const answers = answersOf(state);
  for (const item of state.items) {
    const at = Date.parse(item.at);
    if (item.id === firstNew) {
      beginDay(at);
      rows.push({ kind: 'new', key: 'new' });
      group = null;
    }
    if (item.kind === 'event') {
      const say = sayOf(item, state.me);
      if (say === null) continue;
      beginDay(at);
      rows.push({ kind: 'event', key: item.id, say, name: item.author?.name ?? '', at });
      group = null;
      continue;
    }
    const who = whoOf(item, state.me);
    const entry: Entry = {
      key: item.id,
      body: bodyOf(item),
      delivery: who === 'me' ? (state.deliveries.get(item.id) ?? 'sent') : null,
      outgoing: null,
      answer: item.contentType === interactiveType ? (answers.get(item.id) ?? null) : null,
    };
    add(entry, who, who === 'me' ? 'me' : `${who} ${item.author?.id ?? ''}`, item.author?.name ?? '', at);
  }
  for (const outgoing of state.outbox) {
    const body: Body = outgoing.file === null ? said(outgoing.contentType, outgoing.content) : { kind: 'upload', outgoing, file: outgoing.file };
    add({ key: outgoing.key, body, delivery: outgoing.delivery, outgoing, answer: null }, 'me', 'me', '', Date.parse(outgoing.at));
  }
  return rows;
}

/**
 * For each interactive message what answers it: the first thing the customer
 * says after it that is among its answers, or that is no answer to any.
 */
function answersOf(state: ChatState): ReadonlyMap<ItemId, string> {
  const answers = new Map<ItemId, string>();
  let waiting: readonly Item[] = [];
  const answered = (content: string, contentType: string) => {
    const one = waiting.findLast((question) => offers(question.content, content, contentType));
    for (const question of one === undefined ? waiting : [one]) answers.set(question.id, content);
    waiting = waiting.filter((question) => !answers.has(question.id));
  };
  for (const item of state.items) {
    if (item.kind === 'message' && whoOf(item, state.me) === 'me') answered(item.content, item.contentType);
    else if (item.contentType === interactiveType) waiting = [...waiting, item];
  }
  for (const o of state.outbox) if (o.file === null && o.delivery !== 'failed') answered(o.content, o.contentType);
  if (state.phase === 'ended') answered('', '');
  return answers;
}

export function whoOf(item: Item, me: string): Who {
  if (item.author === null) return 'system';
  if (item.author.id === me || item.author.role === 'CUSTOMER') return 'me';
  if (item.author.role === 'CUSTOM_BOT' || (item.author.role === 'SYSTEM' && item.author.name === 'BOT')) return 'bot';
  return item.author.role === 'SYSTEM' ? 'system' : 'agent';
}

/** What an item holds. */
export function bodyOf(item: Item): Body {
  if (item.kind === 'attachment') return { kind: 'files', files: item.attachments ?? [] };
  return said(item.contentType, item.content);
}

function said(contentType: string, content: string): Body {
  const answer = answerText(contentType, content);
  if (answer !== null) return { kind: 'text', content: answer };
  switch (contentType) {
    case 'text/plain':
      return { kind: 'text', content };
    case 'text/markdown':
      return { kind: 'markdown', content };
    case interactiveType:
      return { kind: 'interactive', content };
    default:
      return { kind: 'unknown' };
  }
}

/** The words for an event, or null for those that tell a customer nothing. */
function sayOf(item: Item, me: string): Key | null {
  const mine = item.author?.id === me || item.author?.role === 'CUSTOMER';
  switch (item.contentType) {
    case `${event}participant.joined`:
      return mine || item.author?.name === '' ? null : 'joined';
    case `${event}participant.left`:
      return mine || item.author?.name === '' ? null : 'gone';
    case `${event}participant.idle`:
      return mine ? null : 'quiet';
    case `${event}participant.returned`:
      return mine ? null : 'back';
    case `${event}participant.autodisconnection`:
      return mine ? null : 'timedOut';
    case `${event}transfer.succeeded`:
      return 'handed';
    case `${event}transfer.failed`:
      return 'handedNot';
    case `${event}chat.rehydrated`:
      return 'resumed';
    case `${event}chat.ended`:
      return 'ended';
    default:
      return null;
  }
}

/** One line of what somebody said, for previews, announcements and files; empty when there is nothing to say. */
export function summary(body: Body): string {
  switch (body.kind) {
    case 'text':
      return body.content;
    case 'markdown':
      return body.content.replace(/[*_`#>]+|\[([^\]]*)\]\([^)]*\)/g, '$1');
    case 'interactive':
      return titleOf(body.content);
    case 'files':
      return body.files.map((f) => f.name).join(', ');
    case 'upload':
      return body.file.name;
    case 'unknown':
      return '';
  }
}
