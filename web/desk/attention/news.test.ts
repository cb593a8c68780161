import { expect, test } from 'vitest';
import { contact, desk, hears, look, message } from '../app/fixtures';
import { atTheDoor, reduce, type DeskEvent } from '../app/state';
import { newsOf, waitingForMe } from './news';

const read: DeskEvent = { type: 'page', contact: 'a', items: [], older: null, newest: true };
const after = (d: ReturnType<typeof desk>, e: DeskEvent) => newsOf(d, reduce(d, e)).map((n) => n.what);

test('what rings is news even in the first picture; what was said before is not', () => {
  expect(newsOf(atTheDoor, desk(look(2000, contact('a', { state: 'connecting' }), contact('b')))).map((n) => [n.what, n.contact.id])).toEqual([['offer', 'a']]);
});

test('a message of somebody else is news once, and not while the transcript is first read', () => {
  const d = desk(look(2000, contact('a')), read);
  expect(after(d, hears(message(3)))).toEqual(['message']);
  expect(after(desk(look(2000, contact('a'))), hears(message(3)))).toEqual([]);
  expect(after(d, hears(message(3, { author: { id: 'a-me', name: 'Ana', role: 'AGENT' } })))).toEqual([]);
});

test('a chat that ends is news', () => {
  expect(after(desk(look(2000, contact('a'))), look(3000, contact('a', { state: 'ended' })))).toEqual(['ended']);
});

test('offers and unread messages wait for the agent', () => {
  expect(waitingForMe(desk(look(2000, contact('a'), contact('b', { state: 'connecting' })), hears(message(3)), hears(message(4)), hears(message(5, { contact: 'b', initialContact: 'b' }))))).toBe(3);
  expect(waitingForMe(atTheDoor)).toBe(0);
});
