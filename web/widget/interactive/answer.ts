/**
 * Interactive messages as far as the core needs them, which comes before their
 * view: what they are called, and what answers them.
 */

import { list, record, text } from '../../chat/item';

/** The content types of interactive messages and of the answers that are not plain text. */
export const interactiveType = 'application/vnd.amazonaws.connect.message.interactive';
export const responseType = `${interactiveType}.response`;

/** What a question is called; empty where it says nothing. */
export function titleOf(question: string): string {
  return text(contentOf(record(json(question)))['title']);
}

/** Whether a question offers what was said as one of its answers. */
export function offers(question: string, content: string, contentType: string): boolean {
  const c = contentOf(record(json(question)));
  if (text(c['viewToken']) !== '') return contentType === responseType;
  const answer = record(json(content));
  const said = text(answer['templateIdentifier']) || text(record(answer['data'])['actionName']) || content;
  return said !== '' && [...list(c['elements']), ...list(c['timeslots'])].map(record).some((e) => [e['templateIdentifier'], e['title'], e['date']].includes(said));
}

export function contentOf(template: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return record(record(template['data'])['content']);
}

/** What an answer reads as in the transcript: a carousel's and a form's are JSON. */
export function answerText(contentType: string, content: string): string | null {
  if (contentType === responseType) {
    const o = record(json(content));
    const data = record(o['data']);
    return text(data['actionName']) || text(record(data['content'])['title']) || text(o['action']) || null;
  }
  if (contentType !== 'text/plain' || !content.startsWith('{')) return null;
  return text(record(json(content))['selectionText']) || null;
}

/** A date of the service with the seconds that it leaves out, which Date.parse of some browsers wants. */
export function seconds(date: string): string {
  return date.replace(/T(\d\d:\d\d)(?=[Z+-]|$)/, 'T$1:00');
}

export function safeLink(url: string): string {
  return /^(https:\/\/|mailto:|tel:)/i.test(url) ? url : '';
}

export function json(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
