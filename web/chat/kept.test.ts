import { expect, test } from 'vitest';
import { Kept } from './kept';

function storage(): Storage {
  const held = new Map<string, string>();
  return {
    get length() {
      return held.size;
    },
    key: (i) => [...held.keys()][i] ?? null,
    getItem: (k) => held.get(k) ?? null,
    setItem: (k, v) => void held.set(k, v),
    removeItem: (k) => void held.delete(k),
    clear: () => held.clear(),
  };
}

test('what is kept is found again, by others with the same prefix too', () => {
  const shared = storage();
  const kept = new Kept(() => shared, 'desk.');
  kept.write('draft.a', { text: 'x' });
  kept.set('other', '1');
  expect(new Kept(() => shared, 'desk.').read('draft.a')).toEqual({ text: 'x' });
  expect(kept.keys('draft.')).toEqual(['draft.a']);
  kept.set('draft.a', null);
  expect(kept.read('draft.a')).toBe(null);
});

test('without storage everything is kept in memory', () => {
  const kept = new Kept(() => {
    throw new Error('blocked');
  }, '');
  kept.set('a', '1');
  expect(kept.get('a')).toBe('1');
  expect(kept.keys('')).toEqual(['a']);
  kept.set('a', null);
  expect(kept.get('a')).toBe(null);
});

test('what cannot be read is nothing', () => {
  const s = storage();
  s.setItem('a', '{');
  expect(new Kept(() => s, '').read('a')).toBe(null);
});
