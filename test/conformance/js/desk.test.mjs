// What our own desk asks the agent API besides: history, quick responses, the board. ana is a
// supervisor of the seeded instance, ben is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, conversation, customer } from '../../lib/chat.mjs';
import { startServer } from '../../lib/server.mjs';
import { eventually, type } from '../../lib/wire.mjs';

const server = await startServer();

/** Checks that an operation is refused to somebody. */
async function denied(who, operation, body) {
  const a = await who.call(operation, body);
  assert.equal(a.status, 403, `${operation}: ${a.text}`);
  assert.equal(a.body.__type, 'AccessDeniedException');
}

/** Ends an agent's contact and clears it. */
async function finish(who, contact) {
  const mine = contact.connections.find((c) => c.type === 'agent');
  await who.do('DestroyConnection', { contactId: contact.contactId, connectionId: mine.connectionId });
  await who.contact(contact.contactId, 'ended');
  await who.do('ClearContact', { contactId: contact.contactId });
}

/** A status as it is chosen. */
const stateARN = (who, name) => who.configuration.agentStates.find((s) => s.name === name).agentStateARN;

test('a past contact is found, described and read', async (t) => {
  const { ada, ana, agent: mine } = await conversation(t, server, { ParticipantDetails: { DisplayName: 'Ada Lovelace' }, Attributes: { plan: 'gold' } });
  await ada.send('Good day');
  await mine.send('Hello Ada');
  await ana.do('UpdateContactAttributes', { contactId: ada.contactId, attributes: { topic: 'engines' } });
  assert.equal((await ana.contact(ada.contactId, 'connected')).attributes.topic.value, 'engines');
  await finish(ana, mine.contact);

  const { contacts } = await ana.do('SearchContacts', { text: 'lovelace' });
  const found = contacts.find((c) => c.contactId === ada.contactId);
  assert.equal(found.customer, 'Ada Lovelace');
  assert.equal(found.agent, 'ana');
  assert.equal(found.state, 'ended');
  assert.ok(found.started < found.ended && Math.abs(found.ended * 1000 - Date.now()) < 60_000);

  const d = await ana.do('DescribeContact', { contactId: ada.contactId });
  assert.deepEqual([d.attributes.plan, d.attributes.topic], ['gold', 'engines']);
  assert.deepEqual(d.segments.map((s) => s.contactId), [ada.contactId]);
  assert.deepEqual(d.earlier, []);

  const { items, nextToken } = await ana.do('GetContactTranscript', { contactId: ada.contactId });
  assert.equal(nextToken, null);
  const said = items.filter((i) => i.Type === 'MESSAGE' && i.ParticipantRole !== 'SYSTEM').map((i) => `${i.DisplayName}: ${i.Content}`);
  assert.deepEqual(said, ['Ada Lovelace: Good day', `${items.find((i) => i.ParticipantRole === 'AGENT').DisplayName}: Hello Ada`]);
  assert.equal(items.at(-1).ContentType, type.ended);

  const ben = await agent(t, server, 'ben');
  for (const operation of ['DescribeContact', 'GetContactTranscript', 'UpdateContactAttributes']) await denied(ben, operation, { contactId: ada.contactId });
  assert.ok(!(await ben.do('SearchContacts', {})).contacts.some((c) => c.contactId === ada.contactId));
});

test('quick responses are found by a part of them', async (t) => {
  const ben = await agent(t, server, 'ben');
  const exists = await ben.call('QrIntegrationExists');
  assert.equal(exists.body, true);
  const { results } = await ben.do('QrSearchQuickResponses', { query: '/hi' });
  assert.equal(results[0].shortcutKey, 'hi');
  assert.equal(results[0].contents.plainText.content, results[0].content);
  assert.deepEqual(results[0].attributesNotInterpolated, ['customer.name', 'agent.name']);
});

test('a supervisor sees the board, and an agent the own queues', async (t) => {
  const { ada, ana } = await conversation(t, server, {}, 'ana');
  const board = await eventually(async () => {
    const b = await ana.do('GetBoard');
    assert.equal(b.agents.find((a) => a.username === 'ana').contacts[0]?.contactId, ada.contactId);
    return b;
  });
  const row = board.agents.find((a) => a.username === 'ana');
  assert.equal(row.state, 'Available');
  assert.equal(row.contacts[0].state, 'connected');
  const queue = board.queues.find((q) => q.id === server.queueId);
  assert.ok(queue.staffed >= 1 && queue.inContact >= 1 && queue.target === 20);
  const { buckets, seconds } = await ana.do('GetTrend', { minutes: 10 });
  assert.equal(seconds, 60);
  assert.ok(buckets.reduce((n, b) => n + b.handled, 0) >= 1);

  const ben = await agent(t, server, 'ben');
  const own = await ben.do('GetBoard');
  assert.deepEqual(own.agents, []);
  assert.ok(own.queues.length >= 1);
  await denied(ben, 'GetTrend', {});
});

test('a waiting contact is picked, and given to others by supervisors', async (t) => {
  const ben = await agent(t, server, 'ben');
  const ana = await agent(t, server);
  await ana.state('Break');
  await ben.state('Break');
  const ada = await customer(t, server);
  const grace = await customer(t, server);
  await eventually(async () => {
    const ids = (await ben.do('GetBoard')).waiting.map((w) => w.contactId);
    assert.ok(ids.includes(ada.contactId) && ids.includes(grace.contactId), ids.join());
  });
  await ben.do('AssignContact', { contactId: ada.contactId });
  await ben.contact(ada.contactId, 'connected');
  await denied(ben, 'AssignContact', { contactId: grace.contactId, username: 'ana' });

  await ana.do('AssignContact', { contactId: grace.contactId, username: 'ben' });
  const rings = await ben.contact(grace.contactId, 'connecting');
  assert.ok(rings.bellpull.ringsUntil > Date.now() / 1000 && rings.bellpull.waitedSince < Date.now() / 1000);
  await ben.do('AcceptContact', { contactId: grace.contactId });

  const { contactId } = await ana.do('MonitorContact', { contactId: grace.contactId, mayBarge: false });
  const watched = await ana.contact(contactId, 'connected');
  assert.deepEqual(watched.bellpull.monitoring, { mode: 'SILENT_MONITOR', mayBarge: false, agents: ['ben'] });
  await denied(ben, 'MonitorContact', { contactId: grace.contactId });
});

test('a supervisor changes the state of an agent, whose desk is told', async (t) => {
  const ana = await agent(t, server);
  const ben = await agent(t, server, 'ben');
  await ana.do('PutUserState', { username: 'ben', agentStateARN: stateARN(ana, 'Break') });
  await eventually(async () => assert.equal((await ben.snapshot()).state.name, 'Break'));
  await denied(ben, 'PutUserState', { username: 'ana', agentStateARN: stateARN(ana, 'Break') });
});
