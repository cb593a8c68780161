import { expect, test } from 'vitest';
import { hueOf, initials } from './avatar';

test('initials are of the first and the last word, whatever the script', () => {
  expect(['Ada', 'Ada Lovelace', ' ada  king lovelace ', 'Éva', '李 小龍', ''].map(initials)).toEqual(['A', 'AL', 'AL', 'É', '李小', '']);
});

test('a name keeps its colour, and names do not share one', () => {
  expect(hueOf('Ada')).toBe(hueOf('Ada'));
  expect(new Set(['Ada', 'Bob', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gus'].map(hueOf)).size).toBeGreaterThan(2);
});
