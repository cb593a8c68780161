import { describe, expect, test } from 'vitest';
import { contentType, type Item } from '../item';
import { emptyTranscript, eventOf, lastForMe, receiptOf, reduce, typingFor, type Transcript, type TranscriptEvent } from './transcript';

const me = 'p-me';
const ana = { id: 'p-ana', name: 'Ana', role: 'AGENT' } as const;
const self = { id: me, name: 'Ada', role: 'CUSTOMER' } as const;

function message(id: string, second: number, more: Partial<Item> = {}): Item {
  return {
    id,
    at: `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`,
    kind: 'message',
    contentType: 'text/plain',
    content: id,
    author: ana,
    contact: 'c',
    initialContact: 'c',
    receipt: null,
    ...more,
  };
}

function play(...events: readonly TranscriptEvent[]): Transcript {
  return events.reduce(reduce, emptyTranscript(me));
}

const ids = (t: Transcript) => t.items.map((i) => i.id);

describe('items', () => {
  test('an item that comes twice is shown once', () => {
    const t = play({ type: 'items', items: [message('a', 1)] }, { type: 'items', items: [message('a', 1), message('b', 2)] });
    expect(ids(t)).toEqual(['a', 'b']);
  });

  test('a page that arrives after live items goes where its times say', () => {
    const t = play({ type: 'items', items: [message('d', 4)] }, { type: 'items', items: [message('a', 1), message('b', 2)] });
    expect(ids(t)).toEqual(['a', 'b', 'd']);
  });

  test('items of the same millisecond keep the order they came in', () => {
    expect(ids(play({ type: 'items', items: [message('a', 1), message('b', 1), message('c', 1)] }))).toEqual(['a', 'b', 'c']);
  });

  test('chat.ended ends the transcript', () => {
    const end = message('z', 9, { kind: 'event', contentType: contentType.ended, author: null });
    expect(play({ type: 'items', items: [end] }).ended).toBe(true);
  });
});

describe('our own messages', () => {
  const sending = { type: 'sending', clientToken: 't', text: 'hi' } as const;
  const echo = message('m', 1, { content: 'hi', author: self });

  test('wait until the answer and the item are both here, in either order', () => {
    const answered = play(sending, { type: 'sent', clientToken: 't', id: 'm' });
    expect(answered.pending).toEqual([{ clientToken: 't', text: 'hi', contentType: 'text/plain', id: 'm', failed: null }]);
    expect(reduce(answered, { type: 'items', items: [echo] }).pending).toEqual([]);

    const echoed = play(sending, { type: 'items', items: [echo] });
    expect(echoed.pending).toEqual([]);
    expect(reduce(echoed, { type: 'sent', clientToken: 't', id: 'm' }).pending).toEqual([]);
  });

  test('of a file go when its item is there', () => {
    const file = { type: 'sending', clientToken: 'f', text: 'a.png', contentType: 'file' } as const;
    const item = message('m', 1, { kind: 'attachment', author: self, attachments: [{ id: 'x', name: 'a.png', type: 'image/png', status: 'APPROVED' }] });
    expect(play(file, sending, { type: 'items', items: [item] }).pending.map((p) => p.clientToken)).toEqual(['t']);
  });

  test('that failed stay, and a second attempt keeps the line', () => {
    const failed = play(sending, { type: 'failed', clientToken: 't' });
    expect(failed.pending[0]?.failed).toBe('');
    expect(reduce(failed, sending).pending).toEqual([{ clientToken: 't', text: 'hi', contentType: 'text/plain', id: null, failed: null }]);
  });

  test('two of the same text are dropped one by one', () => {
    const t = play(sending, { ...sending, clientToken: 'u' }, { type: 'items', items: [echo] });
    expect(t.pending.map((p) => p.clientToken)).toEqual(['u']);
  });
});

describe('typing', () => {
  test('comes as an item and never becomes one', () => {
    const item = message('t', 1, { kind: 'event', contentType: contentType.typing });
    expect(eventOf({ type: 'item', item }, 5)).toEqual({ type: 'typing', by: ana, now: 5 });
    expect(eventOf({ type: 'item', item: { ...item, author: null } }, 5)).toBe(null);
  });

  test('shows others, ends with their message, and fades', () => {
    const t = play({ type: 'typing', by: ana, now: 0 }, { type: 'typing', by: self, now: 0 });
    expect([...t.typing.values()]).toEqual([{ name: 'Ana', until: typingFor }]);
    expect(reduce(t, { type: 'items', items: [message('a', 1)] }).typing.size).toBe(0);
    expect(reduce(t, { type: 'tick', now: typingFor - 1 }).typing.size).toBe(1);
    expect(reduce(t, { type: 'tick', now: typingFor }).typing.size).toBe(0);
  });
});

describe('receipts', () => {
  const news = (message: string, receipt: 'delivered' | 'read', by: string = ana.id) =>
    ({ type: 'receipt', news: { message, receipt, by, contact: 'c', initialContact: 'c' } }) as const;
  const mine = { type: 'items', items: [message('a', 1, { author: self }), message('b', 2, { author: self })] } as const;

  test('cover the earlier messages too', () => {
    const t = play(mine, news('b', 'delivered'), news('a', 'read'));
    expect(receiptOf(t, 'a')).toBe('read');
    expect(receiptOf(t, 'b')).toBe('delivered');
    expect(receiptOf(play(mine, news('b', 'read')), 'a')).toBe('read');
  });

  test('never go back from read to delivered', () => {
    expect(receiptOf(play(mine, news('b', 'read'), news('b', 'delivered')), 'b')).toBe('read');
  });

  test('of our own making are no news', () => {
    expect(receiptOf(play(mine, news('b', 'read', me)), 'b')).toBe(null);
  });

  test('come with a transcript page, also for items already here', () => {
    const t = play(mine, { type: 'items', items: [message('b', 2, { author: self, receipt: 'read' })] });
    expect(receiptOf(t, 'b')).toBe('read');
  });

  test('are owed to the last person who wrote, not to a prompt or to ourselves', () => {
    const prompt = message('p', 3, { author: { id: 's', name: 'SYSTEM_MESSAGE', role: 'SYSTEM' } });
    const t = play({ type: 'items', items: [message('a', 1), message('b', 2, { author: self }), prompt] });
    expect(lastForMe(t)?.id).toBe('a');
  });
});
