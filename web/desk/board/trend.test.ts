import { expect, test } from 'vitest';
import { figure, greatest, parseTrend, path, reading, summary, top } from './trend';

const clock = (at: number) => `${at / 1000}s`;
const trend = parseTrend({
  seconds: 60,
  buckets: [
    { start: 0, arrived: 3, handled: 1, abandoned: 0, waitP50: 5, waitP95: 8 },
    { start: 60, arrived: 7, handled: 4, abandoned: 1, waitP50: 12, waitP95: 65 },
    { start: 120, arrived: 0, handled: 0, abandoned: 0, waitP50: null, waitP95: null },
  ],
});

test('a chart in a sentence', () => {
  expect(summary(trend, 'contacts', clock)).toBe('Since 0s 10 arrived, 5 were handled and 1 abandoned. Most arrived from 60s: 7.');
  expect(summary(trend, 'wait', clock)).toBe('Since 0s customers waited longest from 60s: half of them 12 seconds at most, 95 of 100 1 minute 5 seconds at most.');
  expect(summary(parseTrend({}), 'wait', clock)).toBe('Nothing yet.');
});

test('one point in words', () => {
  expect(reading(trend, 'contacts', 1, clock)).toBe('60s to 120s: 7 arrived, 4 handled, 1 abandoned');
  expect(reading(trend, 'wait', 2, clock)).toBe('120s to 180s: nobody was answered');
});

test('the scale ends at a round figure', () => {
  expect(greatest(trend, 'wait')).toBe(65);
  expect([0, 4, 5, 41, 1200, 1001].map((n) => top(n, 'contacts'))).toEqual([4, 4, 10, 100, 2000, 2000]);
  expect(top(65, 'wait')).toBe(120);
  expect([figure('wait', 65), figure('contacts', 3), figure('wait', null)]).toEqual(['1:05', '3', '–']);
});

test('a line stops where nothing is known', () => {
  expect(path([1, 2, null, 3], (i) => i * 10, (v) => v)).toBe('M0.0 1.0L10.0 2.0M30.0 3.0');
});
