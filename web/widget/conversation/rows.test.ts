import { expect, test } from 'vitest';
import { ana, bot, event, idle, item, me, open, system } from './fake';
import { rowsOf, summary, type Row } from './rows';
import { interactiveType } from '../interactive/answer';

const at = (time: string, day = '2026-03-10') => `${day}T${time}.000Z`;
const kinds = (rows: readonly Row[]) => rows.map((r) => (r.kind === 'group' ? `${r.who}:${r.entries.length}` : r.kind === 'event' ? r.say : r.kind));

test('what one person says within a minute stands together', () => {
  const rows = rowsOf(
    open([
      item(me, 'hello', at('12:00:00')),
      item(me, 'anybody?', at('12:00:50')),
      item(me, 'still there', at('12:02:00')),
      item(ana, 'hi', at('12:02:01')),
      item(me, 'ah', at('12:02:02')),
    ]),
    null,
  );
  expect(kinds(rows)).toEqual(['day', 'me:2', 'me:1', 'agent:1', 'me:1']);
});

test('another day and an event part groups, and events of no interest do not', () => {
  const rows = rowsOf(
    open([
      event(me, 'participant.joined', at('12:00:00')),
      item(system, 'Welcome', at('12:00:01')),
      event(ana, 'participant.joined', at('12:00:02')),
      event(me, 'participant.idle', at('12:00:03')),
      item(ana, 'a', at('12:00:04')),
      item(ana, 'b', at('12:00:05', '2026-03-12')),
      event(null, 'chat.ended', at('12:00:06', '2026-03-12')),
    ]),
    null,
  );
  expect(kinds(rows)).toEqual(['day', 'system:1', 'joined', 'agent:1', 'day', 'agent:1', 'ended']);
});

test('the line of new messages stands above the first of them', () => {
  const news = item(ana, 'news', at('12:00:30'));
  const rows = rowsOf(open([item(ana, 'old', at('12:00:00')), news]), news.id);
  expect(kinds(rows)).toEqual(['day', 'agent:1', 'new', 'agent:1']);
});

test('deliveries are those of the customer, and the outbox comes last', () => {
  const mine = item(me, 'hello', at('12:00:00'));
  const waiting = { key: 'k', at: at('12:00:10'), content: 'more', contentType: 'text/plain', file: null, delivery: 'failed', problem: null } as const;
  const rows = rowsOf(open([mine, item(ana, 'hi', at('12:00:05'))], { deliveries: new Map([[mine.id, 'read']]), outbox: [waiting] }), null);
  const entries = rows.flatMap((r) => (r.kind === 'group' ? r.entries : []));
  expect(entries.map((e) => e.delivery)).toEqual(['read', null, 'failed']);
  expect(entries[2]?.outgoing).toBe(waiting);
});

test('a question is answered by what the customer says next, and by the end', () => {
  const question = item(bot, '{}', at('12:00:00'), { contentType: interactiveType });
  const answer = (state: Parameters<typeof rowsOf>[0]) => rowsOf(state, null).flatMap((r) => (r.kind === 'group' ? r.entries : []))[0]?.answer;
  expect(answer(open([question]))).toBeNull();
  expect(answer(open([question, item(ana, 'well?', at('12:00:01'))]))).toBeNull();
  expect(answer(open([question, item(me, 'Tea', at('12:00:01')), item(me, 'thanks', at('12:00:02'))]))).toBe('Tea');
  expect(answer(open([question], { phase: 'ended' }))).toBe('');
});

test('of several questions the one is answered that offers what is said', () => {
  const ask = (templateType: string, elements: readonly string[], time: string) =>
    item(bot, JSON.stringify({ templateType, data: { content: { title: '?', elements: elements.map((title) => ({ title })) } } }), at(time), { contentType: interactiveType });
  const questions = [ask('ListPicker', ['Green', 'Black'], '12:00:00'), ask('QuickReply', ['Yes', 'No'], '12:00:01')];
  const answers = (state: Parameters<typeof rowsOf>[0]) =>
    rowsOf(state, null).flatMap((r) => (r.kind === 'group' && r.who === 'bot' ? r.entries : [])).map((e) => e.answer);
  expect(answers(open([...questions, item(me, 'Black', at('12:00:02'))]))).toEqual(['Black', null]);
  expect(answers(open([...questions, item(me, 'Black', at('12:00:02')), item(me, 'Yes', at('12:00:03'))]))).toEqual(['Black', 'Yes']);
  expect(answers(open([...questions, item(me, 'Neither', at('12:00:02'))]))).toEqual(['Neither', 'Neither']);
  const pending = { key: 'k', at: at('12:00:02'), content: 'Black', contentType: 'text/plain', file: null, delivery: 'sending', problem: null } as const;
  expect(answers(open(questions, { outbox: [pending] }))).toEqual(['Black', null]);
});

test('customers of earlier chats are the same person', () => {
  expect(kinds(rowsOf(open([item({ ...me, id: 'earlier' }, 'old', at('12:00:00')), item(me, 'new', at('12:00:10'))]), null))).toEqual(['day', 'me:2']);
});

test('everything has one line for previews', () => {
  expect(summary({ kind: 'markdown', content: 'Look **here**: [the shop](https://example.org)' })).toBe('Look here: the shop');
  expect(summary({ kind: 'interactive', content: '{"templateType":"TimePicker","data":{"content":{"title":"Say \\"when\\"","timeslots":[{"date":"2026-11-02T09:00Z"}]}}}' })).toBe('Say "when"');
  expect(summary({ kind: 'interactive', content: '{"title":"\\q"}' })).toBe(''); // which is no JSON
  expect(rowsOf(idle, null)).toEqual([]);
});
