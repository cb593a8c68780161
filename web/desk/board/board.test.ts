import { describe, expect, test } from 'vitest';
import { filterAgents, parseBoard, sortQueues, totals, urgency, type QueueRow } from './board';

const wire = (more: object = {}) => ({
  at: 1000.5,
  queues: [
    { id: 'a', name: 'Sales', waiting: 2, oldest: 31, available: 1, staffed: 3, contacts: 4, handledToday: 8, abandonedToday: 2, serviceLevel: 0.5, target: 20 },
    { id: 'b', name: 'Support', waiting: 0, oldest: null, available: 1, staffed: 2, contacts: 0, handledToday: 10, abandonedToday: 0, serviceLevel: 1, target: 20 },
  ],
  agents: [
    { username: 'ana', name: 'Ana', state: 'Available', stateType: 'routable', since: 900, capacity: 5, contacts: [{ contactId: 'c', customer: 'Cy', queue: 'Sales', state: 'connected', since: 950 }] },
    { username: 'ben', name: 'Ben', state: 'Available', stateType: 'routable', since: 900, capacity: 5, contacts: [] },
    { username: 'eva', name: 'Eva', state: 'Break', stateType: 'not_routable', since: 900, capacity: 5, contacts: [{ contactId: 'd', customer: '', queue: 'Sales', state: 'ended', since: 950 }] },
    { username: 'ida', name: 'Ida', state: 'Offline', stateType: 'offline', since: null, capacity: 5, contacts: [] },
  ],
  waiting: [{ contactId: 'w', queueId: 'a', queue: 'Sales', customer: 'Wu', since: 969, position: 1, rings: false }],
  ...more,
});

test('what the server draws is parsed once', () => {
  const board = parseBoard(wire());
  expect(board.at).toBe(1_000_500);
  expect(board.waiting[0]).toEqual({ id: 'w', queue: 'Sales', customer: 'Wu', since: 969_000, position: 1, rings: false });
  expect(board.agents[2]?.chats[0]?.customer).toBe('Customer');
  expect(board.agents[3]?.since).toBeNull();
});

test('what has not changed is the same object, so that it is not drawn again', () => {
  const first = parseBoard(wire());
  const same = parseBoard(wire({ at: 1001 }), first);
  expect(same.queues).toBe(first.queues);
  expect(same.agents).toBe(first.agents);
  const { agents } = wire();
  const moved = parseBoard(wire({ agents: agents.map((a) => (a.username === 'ben' ? { ...a, state: 'Lunch' } : a)) }), first);
  expect(moved.agents).not.toBe(first.agents);
  expect(moved.agents[0]).toBe(first.agents[0]);
  expect(moved.agents[1]?.state).toBe('Lunch');
});

test('totals weigh each queue by the contacts that count', () => {
  expect(totals(parseBoard(wire()))).toEqual({ waiting: 2, oldest: 31, target: 20, serviceLevel: 0.75, handled: 18, abandoned: 2, available: 1, busy: 1, afterWork: 1 });
  expect(totals(parseBoard({}))).toMatchObject({ waiting: 0, oldest: null, serviceLevel: null });
});

test('a wait is urgent by its target', () => {
  expect([null, 10, 11, 20, 21].map((s) => urgency(s, 20))).toEqual(['well', 'well', 'soon', 'soon', 'late']);
});

describe('the order of queues', () => {
  const { queues } = parseBoard(wire());
  const names = (rows: readonly QueueRow[]) => rows.map((q) => q.name).join(' ');
  test('by name and by figures, either way', () => {
    expect(names(sortQueues(queues, { by: 'name', descending: true }))).toBe('Support Sales');
    expect(names(sortQueues(queues, { by: 'handled', descending: false }))).toBe('Sales Support');
  });
  test('puts what is not known last', () => {
    expect(names(sortQueues(queues, { by: 'oldest', descending: true }))).toBe('Sales Support');
    expect(names(sortQueues(queues, { by: 'oldest', descending: false }))).toBe('Sales Support');
  });
});

test('agents are found by what they do, and by their customers', () => {
  const { agents } = parseBoard(wire());
  const found = (kind: Parameters<typeof filterAgents>[1]['kind'], words = '') => filterAgents(agents, { kind, words }).map((a) => a.username).join(' ');
  expect(found('here')).toBe('ana ben eva');
  expect(found('all')).toBe('ana ben eva ida');
  expect(found('available')).toBe('ana ben');
  expect(found('busy')).toBe('ana eva');
  expect(found('away')).toBe('eva');
  expect(found('all', 'cy')).toBe('ana');
});
