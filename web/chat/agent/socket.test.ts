import { expect, test } from 'vitest';
import { backOff, parseFrame } from './socket';

const frame = (topic: string, content?: unknown) => JSON.stringify({ topic, content });

test('only a successful answer about the chat topic counts as subscribed', () => {
  expect(parseFrame(frame('aws/subscribe', { status: 'success', topics: ['aws/chat'] }))).toEqual({ type: 'subscribed' });
  expect(parseFrame(frame('aws/subscribe', { status: 'failure', topics: ['aws/chat'] }))).toBe(null);
  expect(parseFrame(frame('aws/subscribe', { status: 'success', topics: [] }))).toBe(null);
});

test('a chat frame holds its item as text', () => {
  const item = { Id: 'm', Type: 'MESSAGE', Content: 'hi', ContactId: 'c' };
  expect(parseFrame(frame('aws/chat', JSON.stringify(item)))).toMatchObject({
    type: 'incoming',
    incoming: { type: 'item', item: { id: 'm', content: 'hi', contact: 'c' } },
  });
  expect(parseFrame(frame('aws/chat', item))).toBe(null);
});

test('a snapshot frame holds its picture as text', () => {
  const content = JSON.stringify({ snapshot: { snapshotTimestamp: 2, state: { name: 'Available' } }, nextToken: 'v1' });
  expect(parseFrame(frame('agent/snapshot', content))).toMatchObject({ type: 'snapshot', snapshot: { at: 2000, state: { name: 'Available' } } });
});

test('anything else means nothing', () => {
  for (const data of ['', 'nonsense', '7', frame('aws/other'), undefined]) expect(parseFrame(data)).toBe(null);
});

test('attempts come at growing distances, up to ten seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 20].map((n) => backOff(n, 0))).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(backOff(5, 1)).toBe(6667);
});
