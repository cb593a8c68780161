import { expect, test } from 'vitest';
import { Settings, takeQueue, type Queue } from './settings';

/** The queue function of the hosted widget's snippet. */
function snippet(): Queue {
  const queue: Queue = function () {
    // eslint-disable-next-line prefer-rest-params
    (queue.ac = queue.ac ?? []).push(arguments);
  };
  return queue;
}

test('what the page said before the script came is taken in order', () => {
  const heard: string[] = [];
  const settings = new Settings((key) => heard.push(key));
  const early = snippet();
  early('styles', { openChat: { color: '#fff' } });
  early('snippetId', 'a');
  early('snippetId', 'b');
  const queue = takeQueue(early, settings);
  expect(heard).toEqual(['styles', 'snippetId', 'snippetId']);
  expect(settings.text('snippetId')).toBe('b');
  queue('contactAttributes', { page: 'home' });
  expect(settings.object('contactAttributes')).toEqual({ page: 'home' });
});

test('a page without a queue, or with something else there, is no trouble', () => {
  for (const there of [undefined, null, 7, () => undefined, Object.assign(() => undefined, { ac: 'x' })]) {
    expect(() => takeQueue(there, new Settings())('nonce', 'n')).not.toThrow();
  }
});

test('a function of the page answers by calling back, by promise, or not at all', async () => {
  const settings = new Settings();
  settings.set('authenticate', (callback: (token: string) => void) => setTimeout(() => callback('jwt'), 1));
  expect(await settings.ask('authenticate')).toBe('jwt');
  settings.set('authenticate', async () => 'later');
  expect(await settings.ask('authenticate')).toBe('later');
  settings.set('customerDisplayName', 'Ada');
  expect(await settings.ask('customerDisplayName')).toBe('Ada');
  expect(await settings.ask('nothing')).toBeNull();
});
