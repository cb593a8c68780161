/**
 * What travels in a chat: items as they stand in a transcript and arrive on
 * a socket, parsed once at the border.
 */

export type ContactId = string;
export type ItemId = string;
export type ParticipantId = string;

const eventPrefix = 'application/vnd.amazonaws.connect.event.';

/** The events this client sends or looks for, by their content types. */
export const contentType = {
  typing: `${eventPrefix}typing`,
  delivered: `${eventPrefix}message.delivered`,
  read: `${eventPrefix}message.read`,
  joined: `${eventPrefix}participant.joined`,
  left: `${eventPrefix}participant.left`,
  ended: `${eventPrefix}chat.ended`,
  idle: `${eventPrefix}participant.idle`,
  returned: `${eventPrefix}participant.returned`,
  autoDisconnection: `${eventPrefix}participant.autodisconnection`,
} as const;

export type Role = 'AGENT' | 'CUSTOMER' | 'SYSTEM' | 'CUSTOM_BOT' | 'SUPERVISOR' | 'UNKNOWN';

/** Who wrote or caused an item. chat.ended has no author. */
export type Author = Readonly<{ id: ParticipantId; name: string; role: Role }>;

/** How far a message has come with the person it was written to. */
export type Receipt = 'delivered' | 'read';

/** A file of an item. Only an approved one can be downloaded. */
export type Attachment = Readonly<{ id: string; name: string; type: string; status: 'APPROVED' | 'REJECTED' | 'IN_PROGRESS' }>;

export type Item = Readonly<{
  id: ItemId;
  /** ISO 8601 in UTC with three decimals, so that text order is time order. */
  at: string;
  kind: 'message' | 'event' | 'attachment';
  contentType: string;
  content: string;
  author: Author | null;
  /** Both are empty when the wire left them out; a transcript names no initial contact. */
  contact: ContactId;
  initialContact: ContactId;
  receipt: Receipt | null;
  /** Only where there are any. */
  attachments?: readonly Attachment[];
}>;

/** News that a message was delivered or read; never part of the transcript. */
export type ReceiptNews = Readonly<{
  message: ItemId;
  receipt: Receipt;
  by: ParticipantId;
  contact: ContactId;
  initialContact: ContactId;
}>;

export type Incoming = Readonly<{ type: 'item'; item: Item } | { type: 'receipt'; news: ReceiptNews }>;

/** Parses one item of a socket or a transcript; null when it is not one we know. */
export function parseIncoming(value: unknown): Incoming | null {
  const o = record(value);
  const id = text(o['Id']);
  const metadata = record(o['MessageMetadata']);
  const receipt = record(list(metadata['Receipts'])[0]);
  const contact = text(o['ContactId']);
  const initialContact = text(o['InitialContactId']);
  if (o['Type'] === 'MESSAGEMETADATA') {
    const kind = receiptOf(receipt);
    if (kind === null) return null;
    return {
      type: 'receipt',
      news: {
        message: text(metadata['MessageId']),
        receipt: kind,
        by: text(receipt['RecipientParticipantId']),
        contact,
        initialContact,
      },
    };
  }
  const kind = kinds[text(o['Type'])];
  if (kind === undefined || id === '') return null;
  const author = text(o['ParticipantId']);
  const attachments = list(o['Attachments']).map(attachment);
  return {
    type: 'item',
    item: {
      id,
      at: text(o['AbsoluteTime']),
      kind,
      contentType: text(o['ContentType']),
      content: text(o['Content']),
      author: author === '' ? null : { id: author, name: text(o['DisplayName']), role: role(o['ParticipantRole']) },
      contact,
      initialContact,
      receipt: receiptOf(receipt),
      ...(attachments.length === 0 ? {} : { attachments }),
    },
  };
}

function attachment(value: unknown): Attachment {
  const o = record(value);
  const status = o['Status'];
  return {
    id: text(o['AttachmentId']),
    name: text(o['AttachmentName']),
    type: text(o['ContentType']),
    status: status === 'REJECTED' || status === 'IN_PROGRESS' ? status : 'APPROVED',
  };
}

/** Parses the items of a transcript page, leaving out what we do not know. */
export function parseItems(values: unknown): readonly Item[] {
  return list(values).flatMap((v) => {
    const incoming = parseIncoming(v);
    return incoming?.type === 'item' ? [incoming.item] : [];
  });
}

/** Reports whether an item or receipt belongs to a contact, which may be a later part of a chain. */
export function belongsTo(
  what: Pick<Item, 'contact' | 'initialContact'>,
  contact: ContactId,
  initialContact: ContactId,
): boolean {
  return what.contact === contact || (what.initialContact !== '' && what.initialContact === initialContact);
}

const kinds: Readonly<Record<string, Item['kind']>> = {
  MESSAGE: 'message',
  EVENT: 'event',
  ATTACHMENT: 'attachment',
};

function receiptOf(r: Readonly<Record<string, unknown>>): Receipt | null {
  if (text(r['ReadTimestamp']) !== '') return 'read';
  if (text(r['DeliveredTimestamp']) !== '') return 'delivered';
  return null;
}

function role(v: unknown): Role {
  switch (v) {
    case 'AGENT':
    case 'CUSTOMER':
    case 'SYSTEM':
    case 'CUSTOM_BOT':
    case 'SUPERVISOR':
      return v;
    default:
      return 'UNKNOWN';
  }
}

/** Reads an unknown value as an object; anything else reads as an empty one. */
export function record(v: unknown): Readonly<Record<string, unknown>> {
  return typeof v === 'object' && v !== null ? (v as Record<string, unknown>) : {};
}

/** Reads an unknown value as text; anything else reads as the empty text. */
export function text(v: unknown): string {
  return typeof v === 'string' ? v : '';
}

/** Reads an unknown value as a list; anything else reads as an empty one. */
export function list(v: unknown): readonly unknown[] {
  return Array.isArray(v) ? v : [];
}
