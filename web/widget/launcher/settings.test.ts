import { expect, test } from 'vitest';
import { Settings, takeQueue, type Queue } from './settings';

/** The queue function of the hosted widget's snippet. */
function snippet(): Queue {
  const queue: Queue = function () {
    // eslint-disable-next-line prefer-rest-params
    ((queue.ac = queue.ac ?? []) as unknown[]).push(arguments);
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

test("the snippet's own function still reaches us, should the page have kept it", () => {
  const page: { amazon_connect: Queue } = { amazon_connect: () => undefined };
  const kept: Queue = function () {
    // As the snippet has it: the queue is that of whatever has its name now.
    // eslint-disable-next-line prefer-rest-params
    (page.amazon_connect.ac as unknown[]).push(arguments);
  };
  const settings = new Settings();
  page.amazon_connect = takeQueue(kept, settings);
  kept('nonce', 'n');
  expect(settings.text('nonce')).toBe('n');
});
