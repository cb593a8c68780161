// The agent API: state in, whole pictures out. Contacts move as an agent page expects to see them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, conversation, customer } from '../../lib/chat.mjs';
import { startServer } from '../../lib/server.mjs';
import { answer, both, eventually, isoTime, ok, participant, post, refused, send, transcript, type } from '../../lib/wire.mjs';

const server = await startServer();

/** Checks a refusal of the agent API. */
function failed(a, name) {
  assert.ok(a.status >= 400 && a.status < 500, `${a.status} ${a.text}`);
  assert.equal(a.body.__type, name, a.text);
  assert.equal(typeof a.body.message, 'string');
}

test('signing in answers tokens, and a wrong password does not', async () => {
  const { username, password } = server.agents[0];
  const got = await ok(post(`${server.url}/auth/token`, { username, password }));
  assert.equal(typeof got.accessToken, 'string');
  assert.equal(typeof got.refreshToken, 'string');
  assert.ok(got.expiration !== undefined);
  for (const body of [{ username, password: 'wrong' }, { username: 'nobody', password }, {}]) {
    const a = await post(`${server.url}/auth/token`, body);
    assert.ok(a.status >= 400 && a.status < 500, `${a.status}`);
    assert.equal(a.body?.accessToken, undefined);
  }
});

test('without a token every operation is refused', async () => {
  for (const operation of ['GetAgentSnapshot', 'GetAgentConfiguration', 'AcceptContact', 'CreateTransport']) {
    const headers = { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `AmazonConnectCTIService.${operation}` };
    for (const more of [{}, { 'X-Amz-Bearer': 'nonsense' }]) {
      const a = await post(`${server.url}/api`, { contactId: 'x', transportType: 'web_socket' }, { ...headers, ...more });
      assert.ok(a.status === 401 || a.status === 403, `${operation}: ${a.status} ${a.text}`);
    }
  }
});

test('10 the configuration has everything a page reads from it', async (t) => {
  const ana = await agent(t, server);
  const c = ana.configuration;
  assert.equal(c.username, 'ana');
  assert.ok(c.agentARN.startsWith(`${server.instanceArn}/agent/`), c.agentARN);
  assert.equal(c.softphoneEnabled, false);
  assert.deepEqual([...new Set(c.agentStates.map((s) => s.type))].sort(), ['not_routable', 'offline', 'routable']);
  for (const s of c.agentStates) assert.ok(s.agentStateARN.startsWith(`${server.instanceArn}/agent-state/`), s.agentStateARN);
  assert.ok(c.routingProfile.channelConcurrencyMap.CHAT >= 1);
  assert.equal(c.routingProfile.routingProfileId, c.routingProfile.routingProfileARN);
  assert.ok(c.routingProfile.queues.some((q) => q.queueARN === `${server.instanceArn}/queue/${server.queueId}`));
  assert.ok(c.routingProfile.queues.some((q) => q.queueARN.includes('/queue/agent/')));
  assert.match(c.agentPreferences.LANGUAGE, /^[a-z]{2}_[A-Z]{2}$/);
});

test('11 a state is taken at once while there is no chat', async (t) => {
  const ana = await agent(t, server);
  for (const name of ['Offline', 'Available']) {
    const before = Date.now() / 1000;
    await ana.state(name);
    const { state, nextState, snapshotTimestamp } = await ana.snapshot();
    assert.equal(state.name, name);
    assert.equal(nextState, null);
    assert.ok(before - 1 < state.startTimestamp && state.startTimestamp <= snapshotTimestamp && snapshotTimestamp < Date.now() / 1000 + 1);
  }
});

test('16 a new chat rings with everything a page shows of it', async (t) => {
  const ana = await agent(t, server);
  const ada = await customer(t, server, { Attributes: { orderId: '4711' } });
  const c = await ana.contact(ada.contactId, 'connecting');
  assert.equal(c.type, 'chat');
  assert.equal(c.initialContactId, null);
  assert.equal(c.queue.queueARN, `${server.instanceArn}/queue/${server.queueId}`);
  assert.deepEqual(c.segmentAttributes['connect:Subtype'], { ValueString: 'connect:Chat' });
  assert.equal(typeof c.state.timestamp, 'number');
  const [mine, customers] = ['agent', 'inbound'].map((kind) => c.connections.filter((x) => x.type === kind));
  assert.equal(mine.length, 1);
  assert.equal(mine[0].initial, false);
  assert.equal(mine[0].state.type, 'connecting');
  assert.equal(customers.length, 1);
  assert.equal(customers[0].initial, true);
  assert.equal(customers[0].connectionId, ada.participantId);
  assert.equal(customers[0].state.type, 'connected');
  assert.equal(customers[0].chatMediaInfo.customerName, 'Ada');
  assert.equal(typeof JSON.parse(mine[0].chatMediaInfo.connectionData).ConnectionAuthenticationToken, 'string');
  assert.equal((await ana.snapshot()).state.name, 'Available');
});

test('18 tokens and the acknowledgement of a ringing chat are not an answer', async (t) => {
  const ana = await agent(t, server);
  const ada = await customer(t, server);
  const c = await ana.contact(ada.contactId, 'connecting');
  const mine = c.connections.find((x) => x.type === 'agent');
  const { chatTokenTransport } = await ana.do('CreateTransport', { transportType: 'chat_token', contactId: c.contactId, participantId: mine.connectionId });
  assert.match(chatTokenTransport.expiry, isoTime);
  const ahead = Date.parse(chatTokenTransport.expiry) - Date.now();
  assert.ok(ahead > 60_000 && ahead < 24 * 86_400_000, `${ahead} ms ahead`);
  const { ConnectionAuthenticationToken } = JSON.parse(mine.chatMediaInfo.connectionData);
  await ok(participant(server, 'connection', ConnectionAuthenticationToken, { ConnectParticipant: true }));
  assert.equal((await ana.contact(c.contactId, 'connecting')).state.timestamp, c.state.timestamp);
  await ada.socket.settled();
  assert.ok(!ada.socket.items.some((i) => i.ParticipantRole === 'AGENT'));
  refused(await participant(server, 'message', chatTokenTransport.participantToken, { ContentType: type.text, Content: 'too early' }), 403, 'AccessDeniedException');
});

test('17 accepting joins the agent, and accepting again changes nothing', async (t) => {
  const { ada, ana } = await conversation(t, server);
  await ana.do('AcceptContact', { contactId: ada.contactId });
  await ada.socket.settled();
  assert.equal(ada.socket.items.filter((i) => i.ContentType === type.joined && i.ParticipantRole === 'AGENT').length, 1);
  const c = await ana.contact(ada.contactId, 'connected');
  assert.equal(c.connections.find((x) => x.type === 'agent').state.type, 'connected');
  assert.equal((await ana.snapshot()).state.name, 'Available');
});

test('19 a declined chat goes to the next agent and can be cleared', async (t) => {
  const ana = await agent(t, server, 'ana');
  const ada = await customer(t, server);
  await ana.contact(ada.contactId, 'connecting');
  const ben = await agent(t, server, 'ben');
  await ana.do('RejectContact', { contactId: ada.contactId });
  const declined = await ana.contact(ada.contactId, 'rejected');
  assert.equal(declined.connections.find((x) => x.type === 'agent').state.type, 'disconnected');
  const mine = await ben.accept(ada.contactId);
  await mine.send('Ben here');
  await ada.socket.message('Ben here');
  await ana.do('ClearContact', { contactId: ada.contactId });
  assert.ok(!(await ana.snapshot()).contacts.some((c) => c.contactId === ada.contactId));
});

test('21 a customer who leaves while it rings leaves a declined chat behind', async (t) => {
  const ana = await agent(t, server);
  const ada = await customer(t, server);
  await ana.contact(ada.contactId, 'connecting');
  await ok(participant(server, 'disconnect', ada.token, {}));
  const c = await ana.contact(ada.contactId, 'rejected');
  assert.equal(c.connections.filter((x) => x.initial).length, 1, 'the customer keeps a connection while the contact is there');
  await ana.do('ClearContact', { contactId: ada.contactId });
});

test('21 a customer who leaves while talking leaves after-contact work behind', async (t) => {
  const { ada, ana, agent: mine } = await conversation(t, server);
  await ok(participant(server, 'disconnect', ada.token, {}));
  await ana.socket.event(type.ended);
  const c = await ana.contact(ada.contactId, 'ended');
  assert.equal(c.connections.find((x) => x.initial).state.type, 'disconnected');
  assert.ok((await transcript(server, mine.token)).Transcript.length > 0, 'an agent reads on in after-contact work');
  refused(await participant(server, 'message', mine.token, { ContentType: type.text, Content: 'x' }), 403, 'AccessDeniedException');
});

test('22 an agent ends a chat, twice without harm, and clears it at once', async (t) => {
  const { ada, ana, agent: mine } = await conversation(t, server);
  const end = { contactId: ada.contactId, connectionId: mine.participantId };
  await ana.do('DestroyConnection', end);
  await ana.contact(ada.contactId, 'ended');
  await ana.do('DestroyConnection', end);
  await ana.do('ClearContact', { contactId: ada.contactId });
  assert.deepEqual((await ana.snapshot()).contacts, []);
  await ana.do('ClearContact', { contactId: ada.contactId });
});

test('23 a chat that is talked in cannot be cleared', async (t) => {
  const { ada, ana } = await conversation(t, server);
  failed(await ana.call('ClearContact', { contactId: ada.contactId }), 'InvalidStateException');
  await ana.contact(ada.contactId, 'connected');
});

test('12 13 a state waits behind the chats, and only where that was asked for', async (t) => {
  const { ada, ana, agent: mine } = await conversation(t, server);
  const offline = ana.configuration.agentStates.find((s) => s.type === 'offline');
  failed(await ana.call('PutAgentState', { state: offline }), 'InvalidStateException');
  await ana.do('PutAgentState', { state: offline, enqueueNextState: true });
  const waiting = await ana.snapshot();
  assert.equal(waiting.state.name, 'Available');
  assert.equal(waiting.nextState.name, offline.name);
  await ana.do('DestroyConnection', { contactId: ada.contactId, connectionId: mine.participantId });
  await ana.contact(ada.contactId, 'ended');
  await ana.do('ClearContact', { contactId: ada.contactId });
  const done = await ana.snapshot();
  assert.equal(done.state.name, offline.name);
  assert.equal(done.nextState, null);
});

test('24 no more chats ring than the agent can hold, and clearing one makes room', async (t) => {
  const ana = await agent(t, server);
  const room = ana.configuration.routingProfile.channelConcurrencyMap.CHAT;
  const customers = [];
  for (let n = 0; n <= room; n++) customers.push(await customer(t, server, { ParticipantDetails: { DisplayName: `Customer ${n}` } }));
  for (const c of customers.slice(0, room)) await ana.accept(c.contactId);
  assert.equal((await ana.snapshot()).contacts.length, room);
  const [first] = customers;
  const mine = await ana.place(await ana.contact(first.contactId, 'connected'));
  await ana.do('DestroyConnection', { contactId: first.contactId, connectionId: mine.participantId });
  await ana.contact(first.contactId, 'ended');
  assert.equal((await ana.snapshot()).contacts.length, room, 'after-contact work holds its place');
  await ana.do('ClearContact', { contactId: first.contactId });
  await ana.contact(customers[room].contactId, 'connecting');
});

test('26 a page opened late sees the chats as they are', async (t) => {
  const { ada, ana } = await conversation(t, server);
  const late = await ana.openSocket();
  const frame = await late.frame((f) => f.topic === 'agent/snapshot');
  assert.equal(typeof frame.content, 'string');
  const { snapshot, nextToken } = JSON.parse(frame.content);
  assert.ok(nextToken);
  assert.equal(snapshot.contacts.find((c) => c.contactId === ada.contactId).state.type, 'connected');
  late.close();
});

test('43 every open page of an agent sees each change', async (t) => {
  const ana = await agent(t, server);
  const second = await ana.openSocket();
  const ada = await customer(t, server);
  await ana.accept(ada.contactId);
  await ada.send('hello');
  for (const socket of [ana.socket, second]) {
    await socket.message('hello');
    await eventually(() => {
      const last = socket.frames.findLast((f) => f.json?.topic === 'agent/snapshot');
      assert.equal(JSON.parse(last.json.content).snapshot.contacts[0]?.state.type, 'connected');
    });
  }
  second.close();
});

test('a long poll answers when something changed', async (t) => {
  const ana = await agent(t, server);
  const { nextToken } = await ana.do('GetAgentSnapshot', { timeout: 0 });
  const poll = ana.do('GetAgentSnapshot', { nextToken, timeout: 10_000 });
  const ada = await customer(t, server);
  const { snapshot } = await poll;
  assert.ok(snapshot.contacts.length <= 1);
  await ana.contact(ada.contactId, 'connecting');
});

test('28 one socket carries the items of all chats, each with its contact', async (t) => {
  const ana = await agent(t, server);
  const ada = await customer(t, server);
  const bob = await customer(t, server, { ParticipantDetails: { DisplayName: 'Bob' } });
  await ana.accept(ada.contactId);
  await ana.accept(bob.contactId);
  await ada.send('from Ada');
  await bob.send('from Bob');
  assert.equal((await ana.socket.message('from Ada')).ContactId, ada.contactId);
  assert.equal((await ana.socket.message('from Bob')).ContactId, bob.contactId);
  assert.equal(ana.socket.items.filter((i) => i.Content === 'from Ada').length, 1);
});

test('29 an agent reads what was said before it joined', async (t) => {
  const ana = await agent(t, server);
  const ada = await customer(t, server);
  await ada.send('is anybody there?');
  const mine = await ana.accept(ada.contactId);
  const { Transcript } = await transcript(server, mine.token);
  assert.ok(Transcript.some((i) => i.Content === 'is anybody there?'));
  assert.ok(Transcript.some((i) => i.ParticipantRole === 'SYSTEM'));
});

test('a token of one agent opens no chat of another', async (t) => {
  const { ada, agent: mine } = await conversation(t, server, undefined, 'ana');
  const ben = await agent(t, server, 'ben');
  for (const [operation, body] of [
    ['CreateTransport', { transportType: 'chat_token', contactId: ada.contactId, participantId: mine.participantId }],
    ['AcceptContact', { contactId: ada.contactId }],
    ['DestroyConnection', { contactId: ada.contactId, connectionId: mine.participantId }],
  ]) {
    const a = await ben.call(operation, body);
    assert.ok(a.status >= 400 && a.status < 500, `${operation}: ${a.status} ${a.text}`);
  }
  await send(server, mine.token, 'still here');
  await ada.socket.message('still here');
});

test('42 operations that a chat has no use for fail at once', async (t) => {
  const { ada, ana } = await conversation(t, server);
  for (const operation of ['HoldConnection', 'ToggleActiveConnections', 'SendDigits', 'Nonsense']) {
    const a = await ana.call(operation, { contactId: ada.contactId });
    assert.ok(a.status >= 400 && a.status < 500, `${operation}: ${a.status}`);
    assert.equal(typeof a.body.__type, 'string', a.text);
  }
});

test('the agent API answers a page of another origin', async () => {
  const response = await fetch(`${server.url}/participant/connection`, {
    method: 'POST',
    headers: { Origin: 'https://crm.example', 'X-Amz-Bearer': 'nonsense' },
    body: JSON.stringify({ Type: both }),
  });
  const a = await answer(response);
  refused(a, 403, 'AccessDeniedException');
  assert.ok(a.headers.get('access-control-allow-origin'));
});
