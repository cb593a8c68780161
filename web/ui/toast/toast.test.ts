import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Toasts } from './toast';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const words = (t: Toasts) => t.state.map((x) => x.text);

test('good news goes by itself, bad news waits to be closed', () => {
  const t = new Toasts();
  t.show('good', 'saved');
  t.show('bad', 'not sent');
  vi.advanceTimersByTime(6_000);
  expect(words(t)).toEqual(['not sent']);
  t.close(t.state[0]?.id ?? 0);
  expect(words(t)).toEqual([]);
});

test('the same words are not shown twice, and never more than three', () => {
  const t = new Toasts();
  for (const text of ['a', 'a', 'b', 'c', 'd']) t.show('info', text);
  expect(words(t)).toEqual(['b', 'c', 'd']);
});
