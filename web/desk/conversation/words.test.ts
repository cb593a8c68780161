import { expect, test } from 'vitest';
import { contentType } from '../../chat/item';
import { message } from '../app/fixtures';
import { cardOf, happening, plain, preview, sideOf, speaker, withLinks } from './words';

test('a message is shown in the list without its marks, and mine as mine', () => {
  const item = message(1, { content: 'Hello **you**\nthere', contentType: 'text/markdown' });
  expect(preview(item, 'x')).toBe('Hello you there');
  expect(preview(item, 'p-bob')).toBe('You: Hello you there');
  expect(plain(message(1, { kind: 'attachment', attachments: [{ id: 'f', name: 'a.png', type: 'image/png', status: 'APPROVED' }] }))).toBe('a.png');
});

test('an interactive message shows its title and what can be chosen', () => {
  const content = JSON.stringify({ templateType: 'ListPicker', data: { content: { title: 'Which?', subtitle: 'One of', elements: [{ title: 'A' }, { title: 'B' }] } } });
  const item = message(1, { contentType: 'application/vnd.amazonaws.connect.message.interactive', content });
  expect(cardOf(item)).toEqual({ title: 'Which?', subtitle: 'One of', choices: ['A', 'B'] });
  expect(cardOf({ ...item, content: 'nonsense' })).toBe(null);
  expect(plain({ ...item, content: 'nonsense' })).toBe('nonsense');
});

test('events are told in words, and receipts and typing not at all', () => {
  expect(happening(message(1, { kind: 'event', contentType: contentType.joined }))).toBe('\u2068Bob\u2069 joined');
  expect(happening(message(1, { kind: 'event', contentType: contentType.ended, author: null }))).toBe('The chat has ended');
  expect(happening(message(1, { kind: 'event', contentType: contentType.typing }))).toBe(null);
});

test('bots, colleagues and automatic messages are on our side', () => {
  const system = message(1, { author: { id: 's', name: 'SYSTEM_MESSAGE', role: 'SYSTEM' } });
  expect([sideOf(message(1)), sideOf(system), speaker(system), speaker(message(1))]).toEqual(['customer', 'us', 'Automatic message', 'Bob']);
});

test('web addresses in a text can be followed, without the full stop behind them', () => {
  expect(withLinks('See https://example.com/a?b=1, or http://x.org.')).toEqual([
    { text: 'See ', link: null },
    { text: 'https://example.com/a?b=1', link: 'https://example.com/a?b=1' },
    { text: ', or ', link: null },
    { text: 'http://x.org', link: 'http://x.org' },
    { text: '.', link: null },
  ]);
  expect(withLinks('https://example.com/\u202egro.live')[0]).toEqual({ text: 'https://example.com/', link: 'https://example.com/' });
  expect(withLinks('javascript:alert(1)')).toEqual([{ text: 'javascript:alert(1)', link: null }]);
});
