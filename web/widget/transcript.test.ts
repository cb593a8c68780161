import { expect, test } from 'vitest';
import { customOf } from './custom';
import { ana, bot, event, item, me, open } from './conversation/fake';
import { Settings } from './launcher/settings';
import { linesOf, textOf } from './transcript';
import { en } from './words/en';
import { language } from './words/language';

const session = { custom: customOf(new Settings()), language: language('en-GB', en, {}) };

test('a transcript says who said what and when, and what happened', () => {
  const state = open([
    item(bot, 'Which tea?', '2026-03-10T12:00:00.000Z'),
    event(ana, 'participant.joined', '2026-03-10T12:00:01.000Z'),
    item(me, '{"selectionText":"Green","listTitle":"Tea"}', '2026-03-10T12:00:02.000Z'),
    item(ana, 'A **good** choice', '2026-03-10T12:00:03.000Z', { contentType: 'text/markdown' }),
    item(ana, '', '2026-03-10T12:00:04.000Z', { kind: 'attachment', attachments: [{ id: 'a', name: 'tea.pdf', type: 'application/pdf', status: 'APPROVED' }] }),
  ]);
  const lines = linesOf(state, session);
  expect(lines.map((l) => `${l.name}: ${l.words}`)).toEqual(['Assistant: Which tea?', ': Ana joined the chat', 'You: Green', 'Ana: A good choice', 'Ana: tea.pdf']);
  expect(textOf(lines, session)).toMatch(/^Chat transcript\n\n\[10 Mar 2026, \d\d:00\] Assistant: Which tea\?\n/);
});
