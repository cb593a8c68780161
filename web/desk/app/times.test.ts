import { expect, test } from 'vitest';
import { clock, day, moment, sameDay } from './times';

const at = (text: string) => new Date(text).getTime();
const now = at('2026-03-10T10:00:00');

test('days are called as people call them', () => {
  expect(day(at('2026-03-10T00:01:00'), now, 'en-GB')).toBe('Today');
  expect(day(at('2026-03-09T23:59:00'), now, 'en-GB')).toBe('Yesterday');
  expect(day(at('2026-03-01T12:00:00'), now, 'en-GB')).toBe('Sunday 1 March');
  expect(day(at('2024-03-01T12:00:00'), now, 'de')).toBe('Freitag, 1. März 2024');
});

test('times follow the language', () => {
  expect(clock(at('2026-03-10T14:05:00'), 'en-GB')).toBe('14:05');
  expect(clock(at('2026-03-10T14:05:00'), 'en-US')).toMatch(/^02:05.PM$/);
  expect(moment(at('2026-03-10T14:05:00'), 'en-GB')).toBe('10 Mar 2026, 14:05');
  expect(clock(Number.NaN, 'en-GB')).toBe('');
});

test('midnight parts two days', () => {
  expect(sameDay(at('2026-03-10T23:59:59'), at('2026-03-11T00:00:00'))).toBe(false);
});
