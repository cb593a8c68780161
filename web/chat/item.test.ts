import { expect, test } from 'vitest';
import { belongsTo, parseIncoming, parseItems } from './item';

const message = {
  AbsoluteTime: '2026-01-02T03:04:05.678Z',
  Content: 'hello',
  ContentType: 'text/plain',
  Id: 'm-1',
  Type: 'MESSAGE',
  ParticipantId: 'p-1',
  DisplayName: 'Jane',
  ParticipantRole: 'CUSTOMER',
  InitialContactId: 'c-1',
  ContactId: 'c-2',
};

test('a message keeps its author, text and contacts', () => {
  expect(parseIncoming(message)).toEqual({
    type: 'item',
    item: {
      id: 'm-1',
      at: '2026-01-02T03:04:05.678Z',
      kind: 'message',
      contentType: 'text/plain',
      content: 'hello',
      author: { id: 'p-1', name: 'Jane', role: 'CUSTOMER' },
      contact: 'c-2',
      initialContact: 'c-1',
      receipt: null,
    },
  });
});

test('a read timestamp counts for more than a delivered one', () => {
  const news = parseIncoming({
    Id: 'r-1',
    Type: 'MESSAGEMETADATA',
    MessageMetadata: {
      MessageId: 'm-1',
      Receipts: [{ DeliveredTimestamp: 'd', ReadTimestamp: 'r', RecipientParticipantId: 'p-2' }],
    },
    InitialContactId: 'c-1',
  });
  expect(news).toEqual({
    type: 'receipt',
    news: { message: 'm-1', receipt: 'read', by: 'p-2', contact: '', initialContact: 'c-1' },
  });
});

test('a transcript page carries receipts in its messages', () => {
  const [item] = parseItems([{ ...message, MessageMetadata: { MessageId: 'm-1', Receipts: [{ DeliveredTimestamp: 'd' }] } }]);
  expect(item?.receipt).toBe('delivered');
});

test('what is not an item is left out', () => {
  expect(parseItems([null, 7, 'x', { Type: 'MESSAGE' }, { Type: 'SOMETHING', Id: 'x' }])).toEqual([]);
});

test('an item belongs by either of its contacts, and an empty one never matches', () => {
  const item = { contact: 'c-2', initialContact: 'c-1' };
  expect(belongsTo(item, 'c-2', 'c-9')).toBe(true);
  expect(belongsTo(item, 'c-9', 'c-1')).toBe(true);
  expect(belongsTo(item, 'c-9', 'c-9')).toBe(false);
  expect(belongsTo({ contact: 'x', initialContact: '' }, 'c-1', '')).toBe(false);
});
