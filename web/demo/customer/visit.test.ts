import { expect, test } from 'vitest';
import { contentType } from '../../chat/item';
import { atTheDoor, over, reduce, type Visit, type VisitEvent } from './visit';

const chat = { ContactId: 'c', ParticipantId: 'p', ParticipantToken: 't' };
const play = (...events: readonly VisitEvent[]) => events.reduce<Visit>(reduce, atTheDoor);
const started: VisitEvent = { type: 'started', chat, name: 'Ada' };

test('a chat that cannot be started leaves us at the door with the reason', () => {
  expect(play({ type: 'starting' })).toEqual({ at: 'door', problem: null, busy: true });
  expect(play({ type: 'starting' }, { type: 'not started', problem: 'No.' })).toEqual({ at: 'door', problem: 'No.', busy: false });
});

test('a chat begins with an empty transcript of our own', () => {
  expect(play({ type: 'starting' }, started)).toMatchObject({ at: 'chat', line: 'connecting', transcript: { me: 'p', items: [] } });
});

test('events of a chat that was left change nothing', () => {
  expect(reduce(atTheDoor, { type: 'line', line: 'lost' })).toBe(atTheDoor);
});

test('a chat is over when it has ended or cannot come back, not while it is away', () => {
  const end: VisitEvent = {
    type: 'transcript',
    event: {
      type: 'items',
      items: [{ id: 'z', at: '', kind: 'event', contentType: contentType.ended, content: '', author: null, contact: 'c', initialContact: 'c', receipt: null }],
    },
  };
  const ended = (...events: readonly VisitEvent[]) => {
    const v = play(started, ...events);
    return v.at === 'chat' && over(v);
  };
  expect(ended({ type: 'line', line: 'lost' })).toBe(false);
  expect(ended({ type: 'line', line: 'broken' })).toBe(true);
  expect(ended(end)).toBe(true);
});

test('an end that was refused can be tried again', () => {
  expect(play(started, { type: 'leaving' }, { type: 'problem', problem: 'No.' })).toMatchObject({ leaving: false, problem: 'No.' });
});
