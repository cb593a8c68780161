// G8–G11, J13 and the transfer cases of the agent's side: chats that go from
// hand to hand, colleagues, supervisors and silence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeContactCommand, DismissUserContactCommand, MonitorContactCommand, PutUserStatusCommand, UpdateParticipantRoleConfigCommand,
} from '@aws-sdk/client-connect';
import { startBrowser } from '../../lib/browser.mjs';
import { agent, conversation } from '../../lib/chat.mjs';
import { connect } from '../../lib/sdk.mjs';
import { startServer } from '../../lib/server.mjs';
import { eventually, ok, participant, post, type } from '../../lib/wire.mjs';

const server = await startServer();
const browser = await startBrowser(server);
const control = connect(server);
const InstanceId = server.instanceId;

const event = (name) => `application/vnd.amazonaws.connect.event.${name}`;

/** The quick connects of an agent's queues, by name. */
async function quickConnects(a) {
  const queueARNs = a.configuration.routingProfile.queues.map((q) => q.queueARN);
  const { endpoints } = await a.do('GetEndpoints', { queueARNs, nextToken: null, maxResults: 500 });
  return new Map(endpoints.map((e) => [e.agentLogin ?? e.queue?.name, e]));
}

/** The contact of a chat on an agent's desk, other than the given one. */
const next = (a, initial, state) => eventually(async () => {
  const found = (await a.snapshot()).contacts.find((c) => c.initialContactId === initial && c.state.type === state);
  assert.ok(found, `no contact of ${initial} is ${state}`);
  return found;
});

test('G8 G9 a chat is handed on: the customer keeps everything, the agent alone is told', async (t) => {
  const { ada, ana, agent: mine } = await conversation(t, server);
  const ben = await agent(t, server, 'ben');
  await mine.send('Ben knows that');
  await ana.do('CreateAdditionalConnection', { contactId: ada.contactId, endpoint: (await quickConnects(ana)).get('ben') });
  const told = await ana.socket.item((i) => i.ContentType === event('transfer.succeeded'));
  assert.equal(told.InitialContactId, ada.contactId);
  for (const member of ['ParticipantId', 'DisplayName', 'ParticipantRole', 'ContactId']) assert.equal(told[member] ?? '', '', member);
  await ana.contact(ada.contactId, 'ended');
  const rings = await next(ben, ada.contactId, 'connecting');
  assert.equal(rings.initiationMethod, 'transfer');
  assert.notEqual(rings.contactId, ada.contactId);
  await ben.do('AcceptContact', { contactId: rings.contactId });
  const his = await ben.place(await ben.contact(rings.contactId, 'connected'));
  await his.send('Hello Ada');
  const heard = await ada.socket.item((i) => i.Content === 'Hello Ada');
  assert.equal(heard.InitialContactId, ada.contactId);
  assert.equal(heard.ContactId, rings.contactId);
  const { Transcript: said } = await ok(participant(server, 'transcript', his.token, { MaxResults: 100 }));
  assert.ok(said.some((i) => i.Content === 'Ben knows that' && i.ContactId === ada.contactId), 'the next agent sees what was said before');
  const { Contact } = await control.send(new DescribeContactCommand({ InstanceId, ContactId: rings.contactId }));
  assert.equal(Contact.PreviousContactId, ada.contactId);
  assert.equal(Contact.InitiationMethod, 'TRANSFER');
  await ana.do('ClearContact', { contactId: ada.contactId });
});

test('G9 the customer sees no transfer, and hears who left and who joined', async (t) => {
  const { ada, ana } = await conversation(t, server);
  const ben = await agent(t, server, 'ben');
  await ana.do('TransferContact', { contactId: ada.contactId, endpoint: (await quickConnects(ana)).get('ben') });
  await ben.accept((await next(ben, ada.contactId, 'connecting')).contactId);
  await ada.socket.item((i) => i.ContentType === type.joined && i.DisplayName === 'Ben');
  const { Transcript } = await ok(participant(server, 'transcript', ada.token, { MaxResults: 100, SortOrder: 'ASCENDING' }));
  const names = Transcript.filter((i) => i.Type === 'EVENT').map((i) => `${i.DisplayName ?? ''} ${i.ContentType.split('.event.')[1]}`);
  assert.deepEqual(names.slice(-3), ['Ana participant.joined', 'Ana participant.left', 'Ben participant.joined']);
});

test('39 a colleague joins, all three hear each other, and the chat outlives the first agent', async (t) => {
  const { ada, ana, agent: mine } = await conversation(t, server);
  const ben = await agent(t, server, 'ben');
  await ana.do('AddNewConnection', { contactId: ada.contactId, endpoint: (await quickConnects(ana)).get('ben') });
  const rings = await next(ben, ada.contactId, 'connecting');
  await ben.do('AcceptContact', { contactId: rings.contactId });
  const his = await ben.place(await ben.contact(rings.contactId, 'connected'));
  await eventually(async () => {
    const [contact] = (await ana.snapshot()).contacts;
    const third = contact.connections.find((c) => c.type === 'outbound');
    assert.equal(third?.state.type, 'connected');
    assert.equal(third.chatMediaInfo.agentName, 'Ben');
  });
  await his.send('three of us');
  await mine.send('indeed');
  for (const socket of [ada.socket, ana.socket, ben.socket]) {
    await socket.item((i) => i.Content === 'three of us');
    await socket.item((i) => i.Content === 'indeed');
  }
  await ana.do('DestroyConnection', { contactId: ada.contactId, connectionId: mine.participantId });
  await ana.contact(ada.contactId, 'ended');
  await his.send('still here');
  await ada.socket.item((i) => i.Content === 'still here');
});

test('J13 an agent session of ChatJS ends itself when its chat is handed on; the customer\'s does not', async (t) => {
  const { ada, ana, agent: mine } = await conversation(t, server);
  const page = await browser.page(t);
  const { webSocketTransport } = await ana.do('CreateTransport', { transportType: 'web_socket' });
  const { chatTokenTransport } = await ana.do('CreateTransport', {
    transportType: 'chat_token', contactId: ada.contactId, participantId: mine.participantId,
  });
  const { contactId } = ada;
  await page.connectAgent('ana', { contactId, initialContactId: contactId, participantId: mine.participantId }, webSocketTransport.url, chatTokenTransport);
  await page.connect('ada', ada.chat);
  for (const name of ['ana', 'ada']) await page.reported(name, (e) => e.event === 'onConnectionEstablished' && e.hasData);
  await mine.send('one moment');
  await page.heard('ana', 'one moment');
  await page.heard('ada', 'one moment');
  await ana.do('CreateAdditionalConnection', { contactId: ada.contactId, endpoint: (await quickConnects(ana)).get('BasicQueue') });
  await page.reported('ana', (e) => e.event === 'onMessage' && e.data?.ContentType?.endsWith('transfer.succeeded'));
  const ben = await agent(t, server, 'ben');
  const rings = await next(ben, ada.contactId, 'connecting');
  await ben.do('AcceptContact', { contactId: rings.contactId });
  const his = await ben.place(await ben.contact(rings.contactId, 'connected'));
  await his.send('only for Ada');
  await page.heard('ada', 'only for Ada');
  assert.ok(!(await page.events('ana', 'onMessage')).some((e) => e.data?.Content === 'only for Ada'), 'the session of who left hears nothing more');
});

test('G10 G11 silence is told to all, kept nowhere, and ends the chat in time', async (t) => {
  const { ada, ana } = await conversation(t, server);
  await control.send(new UpdateParticipantRoleConfigCommand({
    InstanceId, ContactId: ada.contactId,
    ChannelConfiguration: { Chat: { ParticipantTimerConfigList: [
      { ParticipantRole: 'CUSTOMER', TimerType: 'IDLE', TimerValue: { ParticipantTimerDurationInMinutes: 2 } },
      { ParticipantRole: 'CUSTOMER', TimerType: 'DISCONNECT_NONCUSTOMER', TimerValue: { ParticipantTimerDurationInMinutes: 4 } },
    ] } },
  }));
  // They count from when the next agent joins.
  const ben = await agent(t, server, 'ben');
  await ana.do('TransferContact', { contactId: ada.contactId, endpoint: (await quickConnects(ana)).get('ben') });
  await ben.accept((await next(ben, ada.contactId, 'connecting')).contactId);
  const advance = (by) => ok(post(`${server.url}/_bellpull/clock`, { advance: by }));
  await advance('2m1s');
  for (const socket of [ada.socket, ben.socket]) await socket.item((i) => i.ContentType === event('participant.idle') && i.DisplayName === 'Ada');
  await ada.send('I am back');
  await ben.socket.item((i) => i.ContentType === event('participant.returned'));
  const { Transcript } = await ok(participant(server, 'transcript', ada.token, { MaxResults: 100 }));
  assert.ok(!Transcript.some((i) => /idle|returned/.test(i.ContentType)));
  await advance('4m1s');
  await ada.socket.item((i) => i.ContentType === event('participant.autodisconnection'));
  await ada.socket.item((i) => i.ContentType === type.ended);
  await eventually(async () => {
    const states = (await ben.snapshot()).contacts.map((c) => c.state.type);
    assert.deepEqual(states, ['ended']);
  });
});

test('a supervisor listens by MonitorContact, and barges in', async (t) => {
  const { ada, agent: mine } = await conversation(t, server, {}, 'ben');
  const ana = await agent(t, server, 'ana');
  const { userId } = server.agents.find((a) => a.username === 'ana');
  const { ContactId } = await control.send(new MonitorContactCommand({
    InstanceId, ContactId: ada.contactId, UserId: userId, AllowedMonitorCapabilities: ['SILENT_MONITOR', 'BARGE'],
  }));
  const hers = await ana.place(await ana.contact(ContactId, 'connected'));
  assert.equal(hers.contact.connections.find((c) => c.type === 'agent').state.type, 'silent_monitor');
  await mine.send('nobody else is here');
  await ana.socket.item((i) => i.Content === 'nobody else is here');
  await ana.do('UpdateMonitorParticipantState', { contactId: ContactId, targetMonitorMode: 'BARGE' });
  await hers.send('but I am');
  const heard = await ada.socket.item((i) => i.Content === 'but I am');
  assert.equal(heard.ParticipantRole, 'SUPERVISOR');
});

test('14 the control plane sets an agent\'s status and clears a desk', async (t) => {
  const { ada, ana } = await conversation(t, server);
  const { userId } = server.agents.find((a) => a.username === 'ana');
  const [, , away] = ana.configuration.agentStates;
  await control.send(new PutUserStatusCommand({ InstanceId, UserId: userId, AgentStatusId: away.agentStateARN }));
  assert.equal((await ana.snapshot()).nextState.name, away.name);
  await participant(server, 'disconnect', ada.token, {});
  await ana.contact(ada.contactId, 'ended');
  await control.send(new DismissUserContactCommand({ InstanceId, UserId: userId, ContactId: ada.contactId }));
  const s = await ana.snapshot();
  assert.deepEqual([s.contacts, s.state.name, s.nextState], [[], away.name, null]);
  await assert.rejects(control.send(new DismissUserContactCommand({ InstanceId, UserId: userId, ContactId: ada.contactId })), { name: 'ResourceNotFoundException' });
});
