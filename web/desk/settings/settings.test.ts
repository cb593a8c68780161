import { expect, test } from 'vitest';
import { parseSettings, usual } from './settings';

test('settings survive being kept', () => {
  const mine = { ...usual, theme: 'dark', density: 'compact', dates: 'de', volume: 0.2, columns: 3, shortcuts: false, keys: { accept: 'F2' } } as const;
  expect(parseSettings(JSON.parse(JSON.stringify(mine)))).toEqual(mine);
});

test('nonsense is as usual', () => {
  expect(parseSettings(null)).toEqual(usual);
  expect(parseSettings({ theme: 'pink', volume: 7, columns: 0, dates: 'xx', keys: { a: 1 }, sounds: 'yes' })).toEqual({ ...usual, volume: 1 });
});
