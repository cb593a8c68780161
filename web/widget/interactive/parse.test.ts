import { expect, test } from 'vitest';
import { answerText, responseType, safeLink } from './answer';
import { parseInteractive } from './parse';

const message = (templateType: string, content: object) => JSON.stringify({ templateType, version: '1.0', data: { content } });

test('a list answers with the title of what was chosen, and its page buttons with an action', () => {
  const list = parseInteractive(
    message('ListPicker', {
      title: 'Which one?',
      listId: 'L',
      nextIndex: 6,
      elements: [{ title: 'Tea', subtitle: 'Green' }, { title: 'More', actionDetail: 'SHOW_MORE' }, { subtitle: 'no title' }],
    }),
  );
  if (list?.kind !== 'list') return expect.fail(`${list?.kind}`);
  expect(list.choices.map((c) => c.title)).toEqual(['Tea', 'More']);
  expect(list.choices[0]?.answer).toEqual({ content: 'Tea', contentType: 'text/plain' });
  expect(list.choices[1]?.answer.contentType).toBe(responseType);
  expect(JSON.parse(list.choices[1]!.answer.content)).toEqual({
    version: '1.0',
    action: 'SHOW_MORE',
    data: { actionName: 'More', nextIndex: 6, listId: 'L', templateType: 'ListPicker' },
  });
});

test('a card of a carousel says which card it is, and reads as what was chosen', () => {
  const carousel = parseInteractive(
    message('Carousel', {
      title: 'Rooms',
      elements: [
        { templateIdentifier: 'r1', templateType: 'Panel', version: '1.0', data: { content: { title: 'Blue room', elements: [{ title: 'Book' }] } } },
        { templateType: 'TimePicker' },
      ],
    }),
  );
  if (carousel?.kind !== 'carousel') return expect.fail(`${carousel?.kind}`);
  expect(carousel.cards).toHaveLength(1);
  const { content, contentType } = carousel.cards[0]!.choices[0]!.answer;
  expect(JSON.parse(content)).toEqual({ templateIdentifier: 'r1', listTitle: 'Blue room', selectionText: 'Book' });
  expect(answerText(contentType, content)).toBe('Book');
});

test('a time is answered as it was written', () => {
  const times = parseInteractive(message('TimePicker', { title: 'When?', timeslots: [{ date: '2026-10-31T17:00+00:00', duration: 1800 }, { date: 'soon' }] }));
  if (times?.kind !== 'times') return expect.fail(`${times?.kind}`);
  expect(times.slots).toEqual([{ at: Date.UTC(2026, 9, 31, 17), minutes: 30, answer: { content: '2026-10-31T17:00+00:00', contentType: 'text/plain' } }]);
});

test('what is not understood is null, whatever it is', () => {
  for (const content of ['', '{', '[]', 'null', message('Panels', {}), message('Carousel', { elements: [] }), message('TimePicker', { timeslots: 7 })]) {
    expect(parseInteractive(content), content).toBeNull();
  }
});

test('only links that are safe stay links', () => {
  expect(safeLink('https://example.org')).not.toBe('');
  for (const bad of ['javascript:alert(1)', 'http://example.org', 'data:text/html,x', ' javascript:x']) expect(safeLink(bad)).toBe('');
});

test('a customer who types JSON has typed JSON', () => {
  expect(answerText('text/plain', '{"a":1}')).toBeNull();
  expect(answerText('text/plain', '{selectionText}')).toBeNull();
});
