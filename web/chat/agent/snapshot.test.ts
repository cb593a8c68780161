import { expect, test } from 'vitest';
import { parseConfiguration, parseSnapshot } from './snapshot';

const ringing = {
  contactId: 'c-1',
  initialContactId: null,
  type: 'chat',
  state: { type: 'connecting', timestamp: 1000.5 },
  queue: { queueARN: 'arn', name: 'Support' },
  queueTimestamp: 990,
  attributes: { plan: { name: 'plan', value: 'gold' } },
  references: { Order: { type: 'URL', value: 'https://example.com/1' } },
  contactFeatures: { messagingMarkdownEnabled: true },
  connections: [
    { connectionId: 'p-ana', type: 'agent', initial: false, state: { type: 'connecting' } },
    { connectionId: 'p-bob', type: 'inbound', initial: true, state: { type: 'connected' }, chatMediaInfo: { customerName: 'Bob' } },
    { connectionId: 'p-ben', type: 'outbound', state: { type: 'connected' }, chatMediaInfo: { agentName: 'Ben' } },
  ],
};
const available = { agentStateARN: 'arn:1', type: 'routable', name: 'Available', startTimestamp: 1 };

test('a ringing chat says whose it is and how long it still rings', () => {
  const s = parseSnapshot({ state: available, nextState: null, snapshotTimestamp: 1003.5, contacts: [ringing] });
  expect(s.state).toEqual({ arn: 'arn:1', type: 'routable', name: 'Available' });
  expect(s.next).toBe(null);
  expect(s.contacts).toEqual([
    {
      id: 'c-1',
      initial: 'c-1',
      state: 'connecting',
      since: 1_000_500,
      rings: { until: 1_020_500, whole: 20_000 },
      opening: '',
      queue: 'Support',
      queueArn: 'arn',
      queued: 990_000,
      customer: 'Bob',
      customerHere: true,
      me: 'p-ana',
      description: '',
      attributes: { plan: 'gold' },
      references: [{ name: 'Order', type: 'URL', value: 'https://example.com/1' }],
      colleagues: [{ id: 'p-ben', name: 'Ben', state: 'connected' }],
      monitor: null,
      markdown: true,
      attachments: false,
      multiParty: false,
    },
  ]);
  const longer = parseSnapshot({ contacts: [{ ...ringing, bellpull: { ringsUntil: 1030.5 } }] });
  expect(longer.contacts[0]?.rings).toEqual({ until: 1_030_500, whole: 30_000 });
});

test('contacts stand oldest first, and what is not a chat is left out', () => {
  const s = parseSnapshot({
    state: available,
    nextState: available,
    contacts: [ringing, { ...ringing, contactId: 'c-0', initialContactId: 'c-first', state: { type: 'ended', timestamp: 10 } }, { ...ringing, type: 'voice' }],
  });
  expect(s.contacts.map((c) => [c.id, c.initial, c.state])).toEqual([
    ['c-0', 'c-first', 'ended'],
    ['c-1', 'c-1', 'connecting'],
  ]);
  expect(s.next?.name).toBe('Available');
});

test('an agent without a name goes by the user name', () => {
  expect(parseConfiguration({
      name: '',
      username: 'ana',
      agentStates: [available],
      routingProfile: { channelConcurrencyMap: { CHAT: 3 }, queues: [{ queueARN: 'q', name: 'Sales' }] },
      bellpull: { supervisor: true, admin: true },
    })).toEqual({
    name: 'ana',
    username: 'ana',
    states: [{ arn: 'arn:1', type: 'routable', name: 'Available' }],
    queues: [{ arn: 'q', name: 'Sales' }],
    capacity: 3,
    supervisor: true,
    admin: true,
  });
});

test('nonsense parses to an empty picture', () => {
  expect(parseSnapshot('?')).toEqual({ at: 0, state: { arn: '', type: '', name: '' }, since: 0, next: null, contacts: [] });
});

test('a supervisor sees how a chat is monitored', () => {
  const [mine, ...others] = ringing.connections;
  const s = parseSnapshot({
    contacts: [{ ...ringing, connections: [{ ...mine, monitorStatus: 'SILENT_MONITOR', monitorCapabilities: ['SILENT_MONITOR', 'BARGE'] }, ...others] }],
  });
  expect(s.contacts[0]?.monitor).toEqual({ mode: 'SILENT_MONITOR', mayBarge: true });
});
