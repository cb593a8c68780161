import { expect, test } from 'vitest';
import { parseDetails, parseFound, parseQuickConnect, parseQuickResponse } from './records';

test('a found contact may be going on still', () => {
  expect(parseFound({ contactId: 'c', customer: 'Ada', queue: 'Sales', agent: 'ana', started: 5, ended: null })).toEqual({
    id: 'c', initial: 'c', customer: 'Ada', queue: 'Sales', agent: 'ana', started: 5000, ended: null, reason: '',
  });
});

test('details hold the stretches of the chat and the earlier ones', () => {
  const d = parseDetails({
    contactId: 'c',
    attributes: { vip: 'yes' },
    references: [{ name: 'Order', type: 'URL', value: 'https://example.com/1' }],
    segments: [{ contactId: 'c', agent: 'ana', queue: 'Sales', started: 1, ended: 2 }],
    earlier: [{ contactId: 'b', customer: 'Ada', started: 0.5 }],
  });
  expect(d).toMatchObject({
    attributes: { vip: 'yes' },
    references: [{ name: 'Order', value: 'https://example.com/1' }],
    stretches: [{ agent: 'ana', started: 1000, ended: 2000 }],
    earlier: [{ id: 'b', started: 500, ended: null }],
  });
});

test('a quick response is read in the spellings it comes in', () => {
  expect(parseQuickResponse({ quickResponseId: 'q', name: 'Hello', shortcutKey: 'hi', contents: { plainText: { content: 'Hello!' } } })).toEqual({
    id: 'q', name: 'Hello', shortcut: 'hi', content: 'Hello!', markdown: false,
  });
  expect(parseQuickResponse({ id: 'q', shortcut: 'hi', content: '**Hello**', contentType: 'application/x.quickresponse;format=markdown' })).toMatchObject({
    shortcut: 'hi', content: '**Hello**', markdown: true,
  });
});

test('a quick connect leads to a queue or to an agent', () => {
  expect(parseQuickConnect({ endpointARN: 'a', type: 'queue', name: 'Sales', queue: { name: 'Sales' } })).toMatchObject({ type: 'queue', queue: 'Sales' });
  expect(parseQuickConnect({ endpointARN: 'b', type: 'agent', name: 'ben', agentLogin: 'ben', queue: null })).toMatchObject({ type: 'agent', agent: 'ben' });
});
