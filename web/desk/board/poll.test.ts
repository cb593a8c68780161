import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pause, Poll } from './poll';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('asks each second while it runs, and not after', async () => {
  let asked = 0;
  const poll = new Poll(async () => ++asked, 1000, String);
  poll.start();
  await passed(2500);
  expect(poll.state.value).toBe(3);
  poll.stop();
  await passed(5000);
  expect(asked).toBe(3);
});

test('backs off while it fails, keeps the last value, and comes back at once when asked to', async () => {
  let fails = false;
  let asked = 0;
  const poll = new Poll(
    async () => {
      asked++;
      if (fails) throw new Error('gone');
      return asked;
    },
    1000,
    (e) => (e as Error).message,
  );
  poll.start();
  await passed(0);
  fails = true;
  await passed(1000);
  expect(poll.state).toMatchObject({ value: 1, problem: 'gone' });
  await passed(1900);
  expect(asked).toBe(2);
  await passed(200);
  expect(asked).toBe(3);
  fails = false;
  poll.hurry();
  await passed(0);
  expect(poll.state).toMatchObject({ value: 4, problem: null });
  poll.stop();
});

test('pauses are doubled up to half a minute, and never shortened', () => {
  expect([0, 1, 2, 10].map((n) => pause(1000, n))).toEqual([1000, 2000, 4000, 30_000]);
  expect(pause(60_000, 3)).toBe(60_000);
});

test('a slow answer is waited for, not asked for twice', async () => {
  let asked = 0;
  const poll = new Poll(() => new Promise<number>((resolve) => setTimeout(() => resolve(++asked), 3000)), 1000, String);
  poll.start();
  await passed(1500);
  poll.hurry();
  await passed(1600);
  expect(asked).toBe(1);
  poll.stop();
});
