import { expect, test } from 'vitest';
import { clockOf, wordsOf } from './timer';

test('a length of time is written as on a clock', () => {
  expect([-5, 0, 999, 65_000, 750_000, 3_600_000, 36_061_000].map(clockOf)).toEqual(['0:00', '0:00', '0:00', '1:05', '12:30', '1:00:00', '10:01:01']);
});

test('a length of time is said in words', () => {
  expect([0, 1_000, 65_000, 120_000, 3_665_000].map(wordsOf)).toEqual(['0 seconds', '1 second', '1 minute 5 seconds', '2 minutes', '1 hour 1 minute']);
});
