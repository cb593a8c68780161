/**
 * Interactive messages: what a flow or bot asks with a picture of its answer.
 * Parsed once; what is not understood is null and shown as such.
 */

import { list, record, text } from '../../chat/item';
import { contentOf, json, responseType, safeLink, seconds } from './answer';

export type Picture = Readonly<{ url: string; description: string }>;

/** What choosing something says, and how it reads as the customer's own words. */
export type Answer = Readonly<{ content: string; contentType: string }>;

export type Choice = Readonly<{
  title: string;
  subtitle: string;
  picture: Picture | null;
  /** A link opens; anything else answers. */
  link: string;
  answer: Answer;
}>;

type Heading = Readonly<{ title: string; subtitle: string; picture: Picture | null }>;

/** A list picker or panel: alone, or a card of a carousel. */
export type Card = Heading & Readonly<{ kind: 'list' | 'panel'; choices: readonly Choice[] }>;

export type Slot = Readonly<{ at: number; minutes: number; answer: Answer }>;

export type Interactive =
  | Card
  | (Heading & Readonly<{ kind: 'replies'; choices: readonly Choice[] }>)
  | (Heading & Readonly<{ kind: 'carousel'; cards: readonly Card[] }>)
  | (Heading & Readonly<{ kind: 'times'; place: string; slots: readonly Slot[] }>)
  | Readonly<{ kind: 'view'; token: string; data: unknown }>;

const maxTitle = 400;
const maxChoices = 100;

export function parseInteractive(content: string): Interactive | null {
  const template = record(json(content));
  const c = contentOf(template);
  const heading = headingOf(c);
  const elements = list(c['elements']);
  switch (template['templateType']) {
    case 'ListPicker':
    case 'Panel':
      return cardOf(template, plain);
    case 'QuickReply':
      return { kind: 'replies', ...heading, choices: choicesOf(c, 'QuickReply', plain) };
    case 'Carousel': {
      const cards = elements.flatMap((e) => {
        const card = record(e);
        return cardOf(card, (title) => plain(JSON.stringify({
          templateIdentifier: text(card['templateIdentifier']),
          listTitle: text(contentOf(card)['title']),
          selectionText: title,
        }))) ?? [];
      });
      return cards.length === 0 ? null : { kind: 'carousel', ...heading, cards };
    }
    case 'TimePicker': {
      const slots = list(c['timeslots']).flatMap(slotOf);
      return slots.length === 0 ? null : { kind: 'times', ...heading, place: text(record(c['location'])['title']), slots };
    }
    case 'ViewResource': {
      const token = text(c['viewToken']);
      return token === '' ? null : { kind: 'view', token, data: c['viewData'] };
    }
    default:
      return null;
  }
}

/** Whether an answer is this choice's. */
export function isAnswer(answer: Answer, content: string): boolean {
  return answer.content === content;
}

function cardOf(template: Readonly<Record<string, unknown>>, answer: (title: string) => Answer): Card | null {
  const type = template['templateType'];
  if (type !== 'ListPicker' && type !== 'Panel') return null;
  const c = contentOf(template);
  return { kind: type === 'Panel' ? 'panel' : 'list', ...headingOf(c), choices: choicesOf(c, type, answer) };
}

function headingOf(c: Readonly<Record<string, unknown>>): Heading {
  return { title: cut(text(c['title'])), subtitle: cut(text(c['subtitle'])), picture: pictureOf(c) };
}

function choicesOf(c: Readonly<Record<string, unknown>>, templateType: string, answer: (title: string) => Answer): readonly Choice[] {
  return list(c['elements']).slice(0, maxChoices).flatMap((e) => {
    const o = record(e);
    const title = text(o['title']);
    if (title === '') return [];
    const action = text(o['actionDetail']);
    return [
      {
        title: cut(title),
        subtitle: cut(text(o['subtitle'])),
        picture: pictureOf(o),
        link: o['type'] === 'hyperlink' ? safeLink(text(o['url'])) : '',
        answer: action === '' ? answer(title) : turn(action, title, templateType, c),
      },
    ];
  });
}

/** The answer of a button that turns the pages of a list. */
function turn(action: string, title: string, templateType: string, c: Readonly<Record<string, unknown>>): Answer {
  const data = { actionName: title, preIndex: c['preIndex'], nextIndex: c['nextIndex'], listId: c['listId'], templateType, referenceId: c['referenceId'] };
  return { contentType: responseType, content: JSON.stringify({ version: '1.0', action, data }) };
}

function slotOf(value: unknown): readonly Slot[] {
  const o = record(value);
  const date = text(o['date']);
  const at = Date.parse(seconds(date));
  const minutes = Math.round(Number(o['duration']) / 60);
  return Number.isNaN(at) ? [] : [{ at, minutes: minutes > 0 ? minutes : 0, answer: plain(date) }];
}

function pictureOf(o: Readonly<Record<string, unknown>>): Picture | null {
  const url = text(o['imageData']);
  return o['imageType'] === 'URL' && url !== '' ? { url, description: text(o['imageDescription']) } : null;
}

function plain(content: string): Answer {
  return { content, contentType: 'text/plain' };
}

const cut = (t: string) => (t.length > maxTitle ? `${t.slice(0, maxTitle)}…` : t);
