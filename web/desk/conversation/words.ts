import { contentType, list, record, text, type Item } from '../../chat/item';
import { moment } from '../app/times';

/** What an item says in plain words: of an interactive message its title. */
export function plain(item: Item): string {
  if (item.kind === 'attachment') return (item.attachments ?? []).map((f) => f.name).join(', ');
  if (item.contentType.startsWith('text/')) return inWords(item.content);
  const card = cardOf(item);
  return card?.title ?? item.content;
}

/** A time that was offered, or chosen, as people write it; other words as they are. */
function inWords(said: string): string {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d$/.test(said) ? Date.parse(said) : NaN;
  return moment(at, '') || said;
}

/** One line about an item for the list of chats. */
export function preview(item: Item, me: string): string {
  const said = plain(item).replace(/[*_`#>\s]+/g, ' ').trim();
  return item.author?.id === me ? `You: ${said}` : said;
}

/** An interactive message, as far as somebody who only looks at it needs it. */
export type Card = Readonly<{ title: string; subtitle: string; choices: readonly string[] }>;

export function cardOf(item: Item): Card | null {
  let content: unknown;
  try {
    content = JSON.parse(item.content);
  } catch {
    return null;
  }
  const inner = record(record(record(content)['data'])['content']);
  const title = text(inner['title']);
  if (title === '') return null;
  const elements = [...list(inner['elements']), ...list(inner['timeslots'])].map((e) => text(record(e)['title']) || inWords(text(record(e)['date'])));
  return { title, subtitle: text(inner['subtitle']), choices: elements.filter((c) => c !== '') };
}

const prefix = 'application/vnd.amazonaws.connect.event.';

/** A name within a sentence: whichever way it is written, or wants to turn what follows, it keeps that to itself. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

/** An event in words; null for those that are nobody's concern. */
export function happening(item: Item): string | null {
  const who = item.author === null || item.author.name === '' ? 'Somebody' : isolated(item.author.name);
  switch (item.contentType) {
    case contentType.joined:
      return `${who} joined`;
    case contentType.left:
      return `${who} left`;
    case contentType.ended:
      return 'The chat has ended';
    case `${prefix}transfer.succeeded`:
      return 'The chat was transferred';
    case `${prefix}transfer.failed`:
      return 'The transfer failed';
    case contentType.idle:
      return `${who} has been silent for a while`;
    case contentType.returned:
      return `${who} is back`;
    case contentType.autoDisconnection:
      return `${who} was disconnected after a long silence`;
    case `${prefix}participant.invited`:
      return `${who} was asked to join`;
    case `${prefix}chat.rehydrated`:
      return 'Earlier messages of this customer';
    default:
      return null;
  }
}

/** Whose side of the conversation somebody is on. */
export function sideOf(item: Item): 'customer' | 'us' {
  return item.author?.role === 'CUSTOMER' ? 'customer' : 'us';
}

export function speaker(item: Item): string {
  const { author } = item;
  if (author === null) return 'Somebody';
  if (author.role === 'SYSTEM') return author.name === 'SYSTEM_MESSAGE' || author.name === '' ? 'Automatic message' : author.name;
  return author.name || 'Somebody';
}

/** Parts a text into words and web addresses, which have no marks in them that turn the writing around. */
export function withLinks(said: string): readonly Readonly<{ text: string; link: string | null }>[] {
  const parts: { text: string; link: string | null }[] = [];
  let from = 0;
  for (const match of said.matchAll(/https?:\/\/[^\s<>"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g)) {
    const address = match[0].replace(/[.,;:!?)\]}']+$/, '');
    if (match.index > from) parts.push({ text: said.slice(from, match.index), link: null });
    parts.push({ text: address, link: address });
    from = match.index + address.length;
  }
  if (from < said.length) parts.push({ text: said.slice(from), link: null });
  return parts;
}
