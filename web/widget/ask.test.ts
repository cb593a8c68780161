import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ask } from './ask';
import { Settings } from './launcher/settings';

const reported: unknown[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('reportError', (e: unknown) => reported.push(e));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function asked(said: unknown): Promise<unknown> {
  const settings = new Settings();
  settings.set('authenticate', said);
  const answer = ask(settings, 'authenticate');
  return vi.advanceTimersByTimeAsync(60_000).then(() => answer);
}

test('the page answers by calling back, by promise, or by a value', async () => {
  expect(await asked((callback: (token: string) => void) => setTimeout(() => callback('jwt'), 10))).toBe('jwt');
  expect(await asked(async () => 'later')).toBe('later');
  expect(await asked(async (callback: (token: string) => void) => callback('both ways'))).toBe('both ways');
  expect(await asked('Ada')).toBe('Ada');
  expect(await asked(undefined)).toBeNull();
});

test('a page that throws, or never answers, does not hold up the chat', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const broken = new Error('broken');
  expect(await asked(() => { throw broken; })).toBeNull();
  expect(await asked(() => Promise.reject(broken))).toBeNull();
  expect(reported).toEqual([broken, broken]);
  expect(warned).not.toHaveBeenCalled();
  expect(await asked(() => undefined)).toBeNull();
  expect(await asked(async () => undefined)).toBeNull();
  expect(warned).toHaveBeenCalledTimes(2);
});
