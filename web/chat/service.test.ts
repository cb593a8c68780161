import { afterEach, expect, test, vi } from 'vitest';
import { post } from './service';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const answers = (answer: (init: RequestInit) => Promise<Response>) => vi.stubGlobal('fetch', (_: string, init: RequestInit) => answer(init));
const ask = () => post('/participant/message', {}, {});

test('an answer that breaks off, or is no answer of the server, is as good as none: it may be tried again', async () => {
  const broken = new ReadableStream({ start: (c) => c.error(new TypeError('network error')) });
  for (const body of [broken, '<html>Please sign in to this network</html>']) {
    answers(() => Promise.resolve(new Response(body, { status: 200 })));
    await expect(ask()).rejects.toMatchObject({ status: 0 });
  }
  answers(() => Promise.resolve(new Response('', { status: 200 })));
  expect(await ask()).toEqual({});
});

test('a refusal is told in the words of the server, or by its number', async () => {
  answers(() => Promise.resolve(Response.json({ __type: 'AccessDeniedException', message: 'not yours' }, { status: 403 })));
  await expect(ask()).rejects.toMatchObject({ status: 403, kind: 'AccessDeniedException', message: 'not yours' });
  answers(() => Promise.resolve(new Response('<h1>Bad gateway</h1>', { status: 502 })));
  await expect(ask()).rejects.toMatchObject({ status: 502, message: 'The server answered 502.' });
});

test('nobody waits for ever on a line that is dead', async () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  answers(({ signal }) => (signal?.aborted === true ? Promise.reject(signal.reason as Error) : new Promise(() => undefined)));
  await expect(ask()).rejects.toMatchObject({ status: 0 });
  expect(timeout.mock.lastCall?.[0]).toBeLessThanOrEqual(30_000);
  timeout.mockRestore();
});
