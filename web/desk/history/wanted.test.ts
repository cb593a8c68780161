import { expect, test } from 'vitest';
import { nothing, searchOf } from './wanted';

const seconds = (year: number, month: number, date: number) => new Date(year, month - 1, date).getTime() / 1000;

test('only what is wanted narrows the search', () => {
  expect(searchOf(nothing)).toEqual({ text: '' });
  expect(searchOf({ ...nothing, words: ' ada ', queue: 'q1', agent: 'ben' })).toEqual({ text: 'ada', queueId: 'q1', username: 'ben' });
});

test('days are whole days where the agent is', () => {
  expect(searchOf({ ...nothing, from: '2026-12-31', to: '2026-12-31' })).toEqual({ text: '', from: seconds(2026, 12, 31), to: seconds(2027, 1, 1) });
});

test('what is no day narrows nothing', () => {
  for (const day of ['', '2026', '2026-12', 'to-day-x']) expect(searchOf({ ...nothing, from: day, to: day })).toEqual({ text: '' });
});
