import { expect, test } from 'vitest';
import { Kept } from '../kept';
import { ServiceError } from '../service';
import { isOver, Session, sessionKey, type Ask } from './session';

/** A server that counts its tokens, a clock and a browser. */
function world() {
  const asked: Readonly<Record<string, string>>[] = [];
  const w = {
    now: 0,
    asked,
    refuse: null as Error | null,
    kept: new Kept(() => {
      throw new Error('none');
    }, ''),
    clock: (): number => w.now,
  };
  const ask: Ask = async (body) => {
    asked.push(body);
    if (w.refuse !== null) throw w.refuse;
    return { accessToken: `a${asked.length}`, refreshToken: `r${asked.length}`, expiration: w.now + 1000 };
  };
  return Object.assign(w, { ask });
}

const begin = (w: ReturnType<typeof world>) => Session.begin(w.kept, 'ana', 'secret', w.ask, w.clock);

test('a token serves until three quarters of its life are over, and is then renewed once for all who ask', async () => {
  const w = world();
  const s = await begin(w);
  w.now = 749;
  expect(await s.token()).toBe('a1');
  w.now = 750;
  expect(await Promise.all([s.token(), s.token()])).toEqual(['a2', 'a2']);
  expect(w.asked).toEqual([{ username: 'ana', password: 'secret' }, { refreshToken: 'r1' }]);
});

test('a server that cannot be reached leaves the old token in use while it is good', async () => {
  const w = world();
  const s = await begin(w);
  w.refuse = new ServiceError(0, '', 'away');
  w.now = 900;
  expect(await s.token()).toBe('a1');
  w.now = 1000;
  await expect(s.token()).rejects.toThrow('away');
});

test('a refused token is renewed, unless another tab has done so', async () => {
  const w = world();
  const [one, other] = [await begin(w), Session.resume(w.kept, w.ask, w.clock)];
  expect(await one.insteadOf('a1')).toBe('a2');
  expect(await other?.insteadOf('a1')).toBe('a2');
  expect(w.asked).toHaveLength(2);
});

test('a session that is over says so, and one that was ended elsewhere too', async () => {
  const w = world();
  const s = await begin(w);
  w.refuse = new ServiceError(401, 'UnauthorizedException', 'expired');
  expect(isOver(await s.insteadOf('a1').catch((e: unknown) => e))).toBe(true);
  s.end();
  expect(w.kept.get(sessionKey)).toBe(null);
  expect(isOver(await s.token().catch((e: unknown) => e))).toBe(true);
  expect(Session.resume(w.kept)).toBe(null);
});
