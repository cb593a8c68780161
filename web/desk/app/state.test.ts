import { describe, expect, test } from 'vitest';
import { configuration, contact, desk, hears, look, message } from './fixtures';
import { atTheDoor, contactOf, listed, offers, reduce, standing, turn, unread, type DeskEvent } from './state';

const me = { id: 'a-me', name: 'Ana', role: 'AGENT' } as const;
const unreadOf = (d: ReturnType<typeof desk>, id = 'a') => {
  const chat = d.chats.get(id);
  return chat === undefined ? -1 : unread(chat);
};

describe('signing in', () => {
  test('opens the desk and keeps the distance between the clocks', () => {
    expect(desk()).toMatchObject({ skew: 600, line: { is: 'connecting' }, panes: [], active: null });
  });

  test('that fails says why', () => {
    expect(reduce(reduce(atTheDoor, { type: 'signing in' }), { type: 'signed out', problem: 'No.' })).toEqual({ at: 'door', problem: 'No.', busy: false, resumes: false });
  });

  test('that goes on with a session waits for the server', () => {
    expect(reduce(atTheDoor, { type: 'resuming', problem: 'away' })).toMatchObject({ at: 'door', problem: 'away', resumes: true });
  });

  test('answers that come after signing out change nothing', () => {
    expect(reduce(atTheDoor, look(1))).toBe(atTheDoor);
  });
});

test('a changed configuration counts at once', () => {
  expect(desk({ type: 'configuration', configuration: { ...configuration, capacity: 9, supervisor: true } })).toMatchObject({ configuration: { capacity: 9, supervisor: true } });
});

describe('a snapshot', () => {
  test('older than the one we have is ignored', () => {
    expect(listed(desk(look(3000, contact('a')), look(2000)))).toHaveLength(1);
  });

  test('rings before it is listed, and an accepted chat comes to the front', () => {
    const first = contact('a');
    const ringing = desk(look(2000, first, contact('b', { state: 'connecting' })));
    expect(offers(ringing).map((c) => c.id)).toEqual(['b']);
    expect(ringing.active).toBe('a');
    expect(reduce(ringing, look(3000, first, contact('b')))).toMatchObject({ active: 'b', panes: ['b'] });
  });

  test('without the chat on the screen shows the next one, and forgets what was said', () => {
    const d = desk(look(2000, contact('a'), contact('b')), { type: 'select', contact: 'b' }, hears(message(3, { contact: 'b', initialContact: 'b' })), look(3000, contact('a')));
    expect(d).toMatchObject({ active: 'a', panes: ['a'] });
    expect(d.chats.has('b')).toBe(false);
  });

  test('that says nothing new about a contact leaves its object alone', () => {
    const first = desk(look(2000, contact('a')));
    const second = reduce(first, look(3000, contact('a')));
    expect(second.at === 'desk' && contactOf(second, 'a') === contactOf(first, 'a')).toBe(true);
  });

  test('in which the agent has another part in the chat begins its transcript anew', () => {
    const d = desk(look(2000, contact('a')), hears(message(3)), look(3000, contact('a', { me: 'other' })));
    expect(d.chats.get('a')?.transcript.items).toEqual([]);
  });
});

describe('chats side by side', () => {
  const four = [contact('a'), contact('b'), contact('c'), contact('d')];
  const columns = (n: number): DeskEvent => ({ type: 'columns', columns: n });
  const select = (id: string): DeskEvent => ({ type: 'select', contact: id });

  test('fill the places there are, and never more than four', () => {
    expect(desk(look(2000, ...four), columns(3)).panes).toEqual(['a', 'b', 'c']);
    expect(desk(look(2000, ...four, contact('e')), columns(9)).panes).toHaveLength(4);
  });

  test('stay where they are when one of them is chosen', () => {
    expect(desk(look(2000, ...four), columns(2), select('b'))).toMatchObject({ panes: ['a', 'b'], active: 'b' });
  });

  test('one from the list takes the place of the active one', () => {
    expect(desk(look(2000, ...four), columns(2), select('b'), select('d'))).toMatchObject({ panes: ['a', 'd'], active: 'd' });
  });

  test('fewer places keep the active one', () => {
    expect(desk(look(2000, ...four), columns(4), select('c'), columns(1)).panes).toEqual(['c']);
  });

  test('a gap is filled from the list', () => {
    expect(desk(look(2000, ...four), columns(2), look(3000, contact('b'), contact('c'))).panes).toEqual(['b', 'c']);
  });
});

describe('unread messages', () => {
  test('are those of others after what was seen', () => {
    const d = desk(look(2000, contact('a')), hears(message(3)), hears(message(4, { author: me })), hears(message(5)));
    expect(unreadOf(d)).toBe(2);
    expect(unreadOf(desk(look(2000, contact('a')), hears(message(3)), hears(message(5)), { type: 'seen', seen: { a: new Date(3000).toISOString() } }))).toBe(1);
  });

  test('what another tab saw last stays seen', () => {
    const seen: DeskEvent = { type: 'seen', seen: { a: new Date(5000).toISOString(), gone: 'x' } };
    expect(unreadOf(desk(look(2000, contact('a')), hears(message(5)), seen, { type: 'seen', seen: { a: new Date(1000).toISOString() } }))).toBe(0);
  });

  test('what was said before the agent came is no news', () => {
    expect(unreadOf(desk(look(20_000, contact('a', { since: 10_000 })), hears(message(5))))).toBe(0);
  });
});

describe('whose turn it is', () => {
  const turnAfter = (...items: readonly ReturnType<typeof message>[]) => {
    const d = desk(look(2000, contact('a')), ...items.map(hears));
    return turn(d.chats.get('a')?.transcript ?? { items: [] } as never);
  };

  test('counts from the first of the last messages of one side', () => {
    expect(turnAfter(message(3), message(4, { author: me }), message(5), message(6))).toEqual({ waiting: 'customer', since: 5000 });
    expect(turnAfter(message(3), message(4, { author: me }), message(5, { author: { id: 'bot', name: 'Bot', role: 'CUSTOM_BOT' } }))).toEqual({ waiting: 'us', since: 4000 });
  });

  test('is nobody\'s before anything was said, and automatic messages do not count', () => {
    expect(turnAfter()).toBe(null);
    expect(turnAfter(message(3), message(4, { author: { id: 's', name: 'SYSTEM_MESSAGE', role: 'SYSTEM' } }))).toEqual({ waiting: 'customer', since: 3000 });
  });
});

test('older pages go before what is known, and a newest page that is read again does not bring back what was read to its end', () => {
  const page = (items: readonly ReturnType<typeof message>[], older: string | null, newest: boolean): DeskEvent => ({ type: 'page', contact: 'a', items, older, newest });
  const d = desk(look(9000, contact('a')), page([message(5), message(6)], 'more', true));
  expect(d.chats.get('a')?.older).toBe('more');
  const all = reduce(d, page([message(3), message(4)], null, false));
  expect(all.at === 'desk' && all.chats.get('a')?.transcript.items.map((i) => i.id)).toEqual(['m-3', 'm-4', 'm-5', 'm-6']);
  const again = reduce(all, page([message(6), message(7)], 'more', true));
  expect(again.at === 'desk' && again.chats.get('a')?.older).toBe(null);
});

test('what was heard while the chat rang does not pass for its beginning', () => {
  const d = desk(look(9000, contact('a')), hears(message(5)), hears(message(6)), { type: 'page', contact: 'a', items: [message(6), message(7)], older: 'more', newest: true });
  expect(d.chats.get('a')?.older).toBe('more');
});

test('a contact that is over says how', () => {
  expect((['connected', 'ended', 'missed', 'error', 'rejected'] as const).map((state) => standing(contact('a', { state })))).toEqual([
    'talking', 'after', 'missed', 'missed', 'declined',
  ]);
});

test('an item finds the contact it names before one of the same chain', () => {
  const d = desk(look(2000, contact('b', { initial: 'a' }), contact('a')), hears(message(3)));
  expect(d.chats.get('a')?.transcript.items).toHaveLength(1);
  expect(d.chats.get('b')?.transcript.items).toHaveLength(0);
});
