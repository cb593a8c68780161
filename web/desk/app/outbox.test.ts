import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Kept } from '../../chat/kept';
import { ServiceError } from '../../chat/service';
import type { TranscriptEvent } from '../../chat/transcript/transcript';
import { Outbox, type Letter } from './outbox';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const letter = (token: string, contact = 'c'): Letter => ({ contact, clientToken: token, text: token, contentType: 'text/plain' });
const away = new ServiceError(0, '', 'away');

function world(kept = new Kept(() => { throw new Error('none'); }, '')) {
  const w = {
    kept,
    tried: [] as string[],
    answers: new Map<string, Error[]>(),
    told: [] as string[],
    outbox: null as unknown as Outbox,
  };
  const tell = (_: string, e: TranscriptEvent) => void w.told.push('clientToken' in e ? `${e.type} ${e.clientToken}` : e.type);
  w.outbox = new Outbox(kept, (l) => {
    w.tried.push(l.clientToken);
    const answer = w.answers.get(l.clientToken)?.shift();
    return answer === undefined ? Promise.resolve(`id-${l.clientToken}`) : Promise.reject(answer);
  }, tell);
  return w;
}

test('messages of a chat go one after the other, and one that cannot be sent holds up those behind it', async () => {
  const w = world();
  w.answers.set('a', [away, away]);
  w.outbox.send(letter('a'));
  w.outbox.send(letter('b'));
  w.outbox.send(letter('x', 'other'));
  await vi.advanceTimersByTimeAsync(999);
  expect(w.tried).toEqual(['a', 'x']);
  await vi.advanceTimersByTimeAsync(2001);
  expect(w.tried).toEqual(['a', 'x', 'a', 'a', 'b']);
  expect(w.told.slice(-2)).toEqual(['sent a', 'sent b']);
  expect(w.kept.get('outbox')).toBe(null);
});

test('when the line is back nobody waits', async () => {
  const w = world();
  w.answers.set('a', [away]);
  w.outbox.send(letter('a'));
  await vi.advanceTimersByTimeAsync(10);
  w.outbox.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(w.told).toEqual(['sending a', 'sent a']);
});

test('what is refused stays until it is sent again under the same token, or dropped', async () => {
  const w = world();
  const refusal = new ServiceError(400, 'ValidationException', 'too long');
  w.answers.set('a', [refusal, refusal]);
  w.outbox.send(letter('a'));
  w.outbox.send(letter('b'));
  await vi.advanceTimersByTimeAsync(0);
  expect(w.told).toEqual(['sending a', 'sending b', 'failed a', 'sent b']);
  w.outbox.retry('a');
  await vi.advanceTimersByTimeAsync(0);
  w.outbox.discard('a');
  expect(w.tried).toEqual(['a', 'b', 'a']);
  expect(w.told.slice(-2)).toEqual(['failed a', 'discarded a']);
  expect(w.kept.get('outbox')).toBe(null);
});

test('after a reload what was not sent goes on, unless its chat is gone', async () => {
  const before = world();
  before.answers.set('a', [away]);
  before.answers.set('x', [away]);
  before.outbox.send(letter('a'));
  before.outbox.send(letter('x', 'gone'));
  const after = world(before.kept);
  after.outbox.resume(['c']);
  await vi.advanceTimersByTimeAsync(0);
  expect(after.tried).toEqual(['a']);
  expect(after.kept.get('outbox')).toBe(null);
});

test('what was refused while the session was over is sent once one has signed in again', async () => {
  const w = world();
  w.answers.set('a', [new ServiceError(401, 'UnauthorizedException', 'expired')]);
  w.outbox.send(letter('a'));
  await vi.advanceTimersByTimeAsync(0);
  w.outbox.resume(['c']);
  await vi.advanceTimersByTimeAsync(0);
  expect(w.told).toEqual(['sending a', 'failed a', 'sending a', 'sent a']);
});
