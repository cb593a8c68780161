import { contentType, type Author, type Incoming, type Item, type ItemId, type ParticipantId, type Receipt, type ReceiptNews } from '../item';

/** How long a typing event keeps its line on the screen, in milliseconds. */
export const typingFor = 12_000;

/** A message of ours that is not in the transcript yet. */
export type Pending = Readonly<{
  /** Names the attempt on the wire, so that a repeat cannot say it twice. */
  clientToken: string;
  /** What is said; of a file its name. */
  text: string;
  /** "file" for a file, which has no content type of a message. */
  contentType: string;
  /** The item it became, once the service has answered. */
  id: ItemId | null;
  /** Why it was not taken, in the server's words; null while there is hope. */
  failed: string | null;
}>;

/** What a transcript view shows; built only by reduce, so a test can replay any state. */
export type Transcript = Readonly<{
  me: ParticipantId;
  /** In order of time; every id once. */
  items: readonly Item[];
  pending: readonly Pending[];
  /** Who else is typing, and until when (milliseconds) that is believed. */
  typing: ReadonlyMap<ParticipantId, Readonly<{ name: string; until: number }>>;
  receipts: ReadonlyMap<ItemId, Receipt>;
  ended: boolean;
}>;

export type TranscriptEvent = Readonly<
  | { type: 'items'; items: readonly Item[] }
  | { type: 'typing'; by: Author; now: number }
  | { type: 'receipt'; news: ReceiptNews }
  | { type: 'sending'; clientToken: string; text: string; contentType?: string }
  | { type: 'sent'; clientToken: string; id: ItemId }
  | { type: 'failed'; clientToken: string; problem?: string }
  | { type: 'discarded'; clientToken: string }
  | { type: 'tick'; now: number }
>;

export function emptyTranscript(me: ParticipantId): Transcript {
  return { me, items: [], pending: [], typing: new Map(), receipts: new Map(), ended: false };
}

export function reduce(t: Transcript, e: TranscriptEvent): Transcript {
  switch (e.type) {
    case 'items':
      return e.items.reduce(add, t);
    case 'typing':
      if (e.by.id === t.me) return t; // the service echoes our own
      return { ...t, typing: new Map(t.typing).set(e.by.id, { name: e.by.name, until: e.now + typingFor }) };
    case 'receipt':
      if (e.news.by === t.me) return t;
      return { ...t, receipts: withReceipt(t.receipts, e.news.message, e.news.receipt) };
    case 'sending': {
      const again = t.pending.some((p) => p.clientToken === e.clientToken);
      const line: Pending = { clientToken: e.clientToken, text: e.text, contentType: e.contentType ?? 'text/plain', id: null, failed: null };
      return {
        ...t,
        pending: again ? t.pending.map((p) => (p.clientToken === e.clientToken ? line : p)) : [...t.pending, line],
      };
    }
    case 'sent':
      if (t.items.some((i) => i.id === e.id)) {
        return { ...t, pending: t.pending.filter((p) => p.clientToken !== e.clientToken) };
      }
      return { ...t, pending: t.pending.map((p) => (p.clientToken === e.clientToken ? { ...p, id: e.id } : p)) };
    case 'failed':
      return { ...t, pending: t.pending.map((p) => (p.clientToken === e.clientToken ? { ...p, failed: e.problem ?? '' } : p)) };
    case 'discarded':
      return { ...t, pending: t.pending.filter((p) => p.clientToken !== e.clientToken) };
    case 'tick': {
      const typing = new Map([...t.typing].filter(([, line]) => line.until > e.now));
      return typing.size === t.typing.size ? t : { ...t, typing };
    }
  }
}

/** Says what something from a socket does to a transcript: typing is news that passes, the rest stays. */
export function eventOf(incoming: Incoming, now: number): TranscriptEvent | null {
  if (incoming.type === 'receipt') return incoming;
  const { item } = incoming;
  if (item.contentType !== contentType.typing) return { type: 'items', items: [item] };
  return item.author === null ? null : { type: 'typing', by: item.author, now };
}

/**
 * Tells how far one of our messages has come. A receipt covers every earlier
 * message too: senders report only the last one of a burst.
 */
export function receiptOf(t: Transcript, id: ItemId): Receipt | null {
  let best: Receipt | null = null;
  for (let i = t.items.length - 1; i >= 0; i--) {
    const item = t.items[i];
    if (item === undefined || item.author?.id !== t.me) continue;
    const receipt = t.receipts.get(item.id) ?? null;
    if (receipt === 'read' || (receipt === 'delivered' && best === null)) best = receipt;
    if (item.id === id) return best;
  }
  return null;
}

/** The last message that somebody else wrote to us, the one a read receipt names. */
export function lastForMe(t: Transcript): Item | null {
  for (let i = t.items.length - 1; i >= 0; i--) {
    const item = t.items[i];
    if (item !== undefined && item.kind === 'message' && isPerson(item.author) && item.author?.id !== t.me) return item;
  }
  return null;
}

function isPerson(author: Author | null): boolean {
  return author !== null && (author.role === 'AGENT' || author.role === 'CUSTOMER');
}

function add(t: Transcript, item: Item): Transcript {
  const receipts = item.receipt === null ? t.receipts : withReceipt(t.receipts, item.id, item.receipt);
  if (t.items.some((i) => i.id === item.id)) return receipts === t.receipts ? t : { ...t, receipts };
  const typing = new Map(t.typing);
  if (item.author !== null) typing.delete(item.author.id);
  return {
    ...t,
    items: insert(t.items, item),
    pending: withoutEcho(t, item),
    typing,
    receipts,
    ended: t.ended || item.contentType === contentType.ended,
  };
}

/** Almost every item is the newest; a page of older ones finds its place by time. */
function insert(items: readonly Item[], item: Item): readonly Item[] {
  let at = items.length;
  while (at > 0 && (items[at - 1]?.at ?? '') > item.at) at--;
  return [...items.slice(0, at), item, ...items.slice(at)];
}

/**
 * Drops the pending line an item has replaced. The echo on the socket may be
 * here before the answer that tells the id; then the text decides.
 */
function withoutEcho(t: Transcript, item: Item): readonly Pending[] {
  if (item.kind === 'event' || item.author?.id !== t.me) return t.pending;
  if (item.kind === 'attachment') {
    const file = t.pending.findIndex((p) => p.contentType === 'file' && item.attachments?.some((a) => a.name === p.text));
    return t.pending.filter((_, i) => i !== file);
  }
  const byId = t.pending.findIndex((p) => p.id === item.id);
  const at = byId >= 0 ? byId : t.pending.findIndex((p) => p.id === null && p.text === item.content);
  return t.pending.filter((_, i) => i !== at);
}

function withReceipt(
  receipts: ReadonlyMap<ItemId, Receipt>,
  id: ItemId,
  receipt: Receipt,
): ReadonlyMap<ItemId, Receipt> {
  const known = receipts.get(id);
  if (known === receipt || known === 'read') return receipts;
  return new Map(receipts).set(id, receipt);
}
