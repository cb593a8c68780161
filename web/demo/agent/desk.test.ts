import { describe, expect, test } from 'vitest';
import type { AgentContact, ContactState, Snapshot } from '../../chat/agent/snapshot';
import type { Incoming } from '../../chat/item';
import { atTheDoor, offers, reduce, selectedContact, tabs, type Desk, type DeskEvent } from './desk';

const available = { arn: 'arn:1', type: 'routable', name: 'Available' };
const configuration = { name: 'Ana', username: 'ana', states: [available] };

function contact(id: string, state: ContactState, since = 0): AgentContact {
  return { id, initial: id, state, since, queue: 'Support', customer: 'Bob', me: `${id}-me` };
}

function snapshot(at: number, ...contacts: readonly AgentContact[]): Snapshot {
  return { at, state: available, next: null, contacts };
}

function desk(...events: readonly DeskEvent[]): Extract<Desk, { at: 'desk' }> {
  const d = [{ type: 'signed in', configuration, snapshot: snapshot(1000), now: 400 } as const, ...events].reduce<Desk>(reduce, atTheDoor);
  if (d.at !== 'desk') throw new Error('the desk is closed');
  return d;
}

const seen = (at: number, ...contacts: readonly AgentContact[]): DeskEvent => ({ type: 'snapshot', snapshot: snapshot(at, ...contacts), now: at });

function says(contactId: string, id: string, by = 'p-bob'): DeskEvent {
  const incoming: Incoming = {
    type: 'item',
    item: {
      id,
      at: `2026-01-02T03:04:05.${id.padStart(3, '0')}Z`,
      kind: 'message',
      contentType: 'text/plain',
      content: id,
      author: { id: by, name: 'Bob', role: 'CUSTOMER' },
      contact: contactId,
      initialContact: contactId,
      receipt: null,
    },
  };
  return { type: 'incoming', incoming, now: 0 };
}

describe('signing in', () => {
  test('opens the desk and keeps the distance between the clocks', () => {
    expect(desk()).toMatchObject({ at: 'desk', skew: 600, line: 'connecting', selected: null });
  });

  test('that fails says why', () => {
    expect(reduce(reduce(atTheDoor, { type: 'signing in' }), { type: 'signed out', problem: 'No.' })).toEqual({ at: 'door', problem: 'No.', busy: false });
  });

  test('answers that come after signing out change nothing', () => {
    expect(reduce(atTheDoor, seen(1))).toBe(atTheDoor);
  });
});

describe('a snapshot', () => {
  test('older than the one we have is ignored', () => {
    expect(tabs(desk(seen(3000, contact('a', 'connected')), seen(2000)))).toHaveLength(1);
  });

  test('rings before it opens a tab, and an accepted chat comes to the front', () => {
    const first = contact('a', 'connected');
    const ringing = desk(seen(2000, first, contact('b', 'connecting')));
    expect(offers(ringing).map((c) => c.id)).toEqual(['b']);
    expect(selectedContact(ringing)?.id).toBe('a');
    const accepted = reduce(ringing, seen(3000, first, contact('b', 'connected')));
    expect(accepted.at === 'desk' && selectedContact(accepted)?.id).toBe('b');
  });

  test('without the chat on the screen shows the next one, and forgets what was said', () => {
    const d = desk(seen(2000, contact('a', 'connected'), contact('b', 'connected')), { type: 'select', contact: 'b' }, says('b', '1'), seen(3000, contact('a', 'connected')));
    expect(d.selected).toBe('a');
    expect(d.chats.has('b')).toBe(false);
  });

  test('keeps what was said and what was being written', () => {
    const d = desk(seen(2000, contact('a', 'connected')), says('a', '1'), { type: 'draft', contact: 'a', text: 'Hel' }, seen(3000, contact('a', 'ended')));
    expect(d.chats.get('a')).toMatchObject({ draft: 'Hel', transcript: { items: [{ id: '1' }] } });
  });
});

describe('messages', () => {
  const two = seen(2000, contact('a', 'connected'), contact('b', 'connected'));

  test('count as unread only in a tab that is not shown, and only once', () => {
    const d = desk(two, says('a', '1'), says('b', '2'), says('b', '2'), says('b', '3', 'b-me'));
    expect([d.chats.get('a')?.unread, d.chats.get('b')?.unread]).toEqual([0, 1]);
    const turned = reduce(d, { type: 'select', contact: 'b' });
    expect(turned.at === 'desk' && turned.chats.get('b')?.unread).toBe(0);
  });

  test('of a contact we do not have are dropped', () => {
    const before = desk(two);
    expect(reduce(before, says('z', '1'))).toBe(before);
  });
});
