// Section F: the WebSocket, frame by frame.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { conversation, customer } from '../../lib/chat.mjs';
import { startServer } from '../../lib/server.mjs';
import { connection, ok, participant, patience, send, Socket, transcript, type, upgradeStatus } from '../../lib/wire.mjs';

const server = await startServer();
const subscribe = { topic: 'aws/subscribe', content: { topics: ['aws/chat'] } };
const subscribed = { topic: 'aws/subscribe', content: { status: 'success', topics: ['aws/chat'] } };
const fresh = async (c) => (await connection(server, c.participantToken)).url;

test('F1 F2 a fresh address opens without subprotocol or headers, and the subscription is confirmed', async (t) => {
  const ada = await customer(t, server);
  const socket = await Socket.open(await fresh(ada));
  assert.equal(socket.ws.protocol, '');
  socket.say(subscribe);
  assert.deepEqual(await socket.frame((f) => f.topic === 'aws/subscribe'), subscribed);
  socket.close();
});

test('F3 a stray bracket after the subscription does no harm', async (t) => {
  const ada = await customer(t, server);
  const socket = await Socket.open(await fresh(ada));
  socket.say('{"topic": "aws/subscribe", "content": {"topics": ["aws/chat"]}})');
  assert.deepEqual(await socket.frame((f) => f.topic === 'aws/subscribe'), subscribed);
  await ada.send('heard');
  await socket.message('heard');
  socket.close();
});

test('F4 F5 heartbeats and pings are answered, subscribed or not', async (t) => {
  const ada = await customer(t, server);
  const socket = await Socket.open(await fresh(ada));
  for (let round = 0; round < 2; round++) {
    socket.frames.length = 0;
    socket.say({ topic: 'aws/ping' });
    socket.say({ topic: 'aws/heartbeat' });
    assert.deepEqual(await socket.frame((f) => f.topic === 'aws/heartbeat'), { topic: 'aws/heartbeat' });
    assert.deepEqual(await socket.frame((f) => f.topic === 'aws/ping'), { topic: 'aws/ping', statusCode: 200, statusContent: 'OK' });
    socket.say(subscribe);
    await socket.frame((f) => f.topic === 'aws/subscribe');
  }
  socket.close();
});

test('F6 nothing is delivered before the subscription', async (t) => {
  const ada = await customer(t, server);
  const socket = await Socket.open(await fresh(ada));
  await ada.send('unheard');
  await ada.socket.message('unheard');
  await socket.settled();
  assert.deepEqual(socket.items, []);
  socket.close();
});

test('F7 F8 messages of both sides arrive as text frames with the item as text', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  await agent.send('from the agent');
  await ada.send('from the customer');
  for (const socket of [ada.socket, ana.socket]) {
    for (const text of ['from the agent', 'from the customer']) await socket.message(text);
    for (const frame of socket.frames) assert.equal(frame.isBinary, false);
  }
  const frame = ada.socket.frames.find((f) => f.json.topic === 'aws/chat').json;
  assert.equal(typeof frame.content, 'string');
  assert.equal(frame.contentType, 'application/json');
});

test('F9 what cannot be understood is ignored', async (t) => {
  const ada = await customer(t, server);
  for (const nonsense of ['', 'garbage', '7', 'null', '[]', '{}', '{"topic":7}', '{"topic":"aws/nonsense"}', '{"topic":"aws/subscribe"}', '{"topic":"aws/subscribe","content":"x"}', '{'.repeat(5000)]) {
    ada.socket.say(nonsense);
  }
  ada.socket.ws.send(Buffer.from([0, 1, 2, 255]), { binary: true });
  await ada.socket.settled();
  await ada.send('still here');
  await ada.socket.message('still here');
  assert.equal(ada.socket.closed, null);
});

test('F10 protocol pings are answered', async (t) => {
  const ada = await customer(t, server);
  const pong = once(ada.socket.ws, 'pong', { signal: AbortSignal.timeout(patience) });
  ada.socket.ws.ping('are you there');
  assert.equal(String((await pong)[0]), 'are you there');
});

test('F13 two sockets of a participant get every item once', async (t) => {
  const ada = await customer(t, server);
  const second = await Socket.subscribed(await fresh(ada));
  for (let n = 0; n < 10; n++) await ada.send(`message ${n}`);
  for (const socket of [ada.socket, second]) {
    await socket.message('message 9');
    await socket.settled();
    for (let n = 0; n < 10; n++) assert.equal(socket.items.filter((i) => i.Content === `message ${n}`).length, 1);
  }
  second.close();
});

test('F13 subscribing twice on one socket doubles nothing', async (t) => {
  const ada = await customer(t, server);
  ada.socket.say(subscribe);
  await ada.socket.settled();
  await ada.send('once');
  await ada.socket.message('once');
  await ada.socket.settled();
  assert.equal(ada.socket.items.filter((i) => i.Content === 'once').length, 1);
});

test('F14 the confirmation comes before the first item, also while items fly', async (t) => {
  const ada = await customer(t, server);
  let talking = true;
  const talk = (async () => {
    while (talking) await ada.send('chatter');
  })();
  try {
    for (let n = 0; n < 10; n++) {
      const socket = await Socket.subscribed(await fresh(ada));
      await socket.message('chatter');
      assert.deepEqual(socket.frames[0].json, subscribed);
      socket.close();
    }
  } finally {
    talking = false;
    await talk;
  }
});

test('F14 while two sockets are open every item is on the new one or before it', async (t) => {
  const ada = await customer(t, server);
  const sent = [];
  let talking = true;
  const talk = (async () => {
    while (talking) sent.push((await ada.send(`message ${sent.length}`)).Id);
  })();
  await sleep(50);
  const second = await Socket.subscribed(await fresh(ada));
  await sleep(50);
  talking = false;
  await talk;
  await second.settled();
  await ada.socket.settled();
  const seen = new Set([...ada.socket.items, ...second.items].map((i) => i.Id));
  assert.ok(sent.every((id) => seen.has(id)));
  const onSecond = second.items.map((i) => i.Id);
  const tail = ada.socket.items.map((i) => i.Id).slice(-onSecond.length);
  assert.deepEqual(onSecond, tail, 'the new socket has a gap or a repeat');
  second.close();
});

test('F15 what was missed is in the transcript and is not replayed', async (t) => {
  const { ada, agent } = await conversation(t, server);
  ada.socket.close();
  await once(ada.socket.ws, 'close');
  for (let n = 0; n < 5; n++) await agent.send(`missed ${n}`);
  const socket = await Socket.subscribed(await fresh(ada));
  await agent.send('back');
  await socket.message('back');
  assert.ok(!socket.items.some((i) => i.Content?.startsWith('missed')));
  const { Transcript } = await transcript(server, ada.token);
  assert.equal(Transcript.filter((i) => i.Content?.startsWith('missed')).length, 5);
  assert.ok(!Transcript.some((i) => i.ContentType === type.left), 'a dropped socket counted as leaving');
  socket.close();
});

test('F16 an address is good for one upgrade', async (t) => {
  const ada = await customer(t, server);
  const url = await fresh(ada);
  const socket = await Socket.open(url);
  const status = await upgradeStatus(url);
  assert.ok(status >= 400 && status < 500, `the second upgrade: ${status}`);
  socket.close();
});

test('F16 an address that was tampered with is refused', async (t) => {
  const ada = await customer(t, server);
  const url = await fresh(ada);
  const broken = url.slice(0, -4) + (url.endsWith('AAAA') ? 'BBBB' : 'AAAA');
  const status = await upgradeStatus(broken);
  assert.ok(status >= 400 && status < 500, `the upgrade: ${status}`);
});

test('F17 the end of a chat is pushed to everybody who listens', async (t) => {
  const { ada, ana } = await conversation(t, server);
  const second = await Socket.subscribed(await fresh(ada));
  await ok(participant(server, 'disconnect', ada.token, {}));
  for (const socket of [ada.socket, second, ana.socket]) await socket.event(type.ended);
  second.close();
});

test('F18 compression works when it is offered, whether it is taken or not', async (t) => {
  const ada = await customer(t, server);
  for (const perMessageDeflate of [true, false]) {
    const socket = await Socket.subscribed(await fresh(ada), { perMessageDeflate });
    const text = `deflate ${perMessageDeflate} ${'a'.repeat(900)}`;
    await ada.send(text);
    await socket.message(text);
    socket.close();
  }
});

test('F19 a large item full of quotes arrives whole, in one frame', async (t) => {
  const ada = await customer(t, server, { SupportedMessagingContentTypes: [type.text, type.json] });
  const Content = JSON.stringify({ quotes: '"'.repeat(5900) });
  assert.ok(Content.length > 11_000 && Content.length <= 12_000);
  const { Id } = await ok(participant(server, 'message', ada.token, { ContentType: type.json, Content }));
  const item = await ada.socket.item((i) => i.Id === Id);
  assert.equal(item.Content, Content);
});

test('F20 a socket never carries items of another chat', async (t) => {
  const ada = await customer(t, server);
  const bob = await customer(t, server, { ParticipantDetails: { DisplayName: 'Bob' } });
  await bob.send('a secret of Bob');
  await bob.socket.message('a secret of Bob');
  await ada.socket.settled();
  for (const item of ada.socket.items) assert.equal(item.ContactId, ada.contactId);
});

test('F21 everybody sees two hundred quick messages in one order', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  const second = await Socket.subscribed(await fresh(ada));
  const side = async (say, who) => {
    for (let n = 0; n < 100; n += 4) await Promise.all([0, 1, 2, 3].map((k) => say(`${who} ${n + k}`)));
  };
  await Promise.all([side(ada.send, 'ada'), side(agent.send, 'ana')]);
  const orders = [];
  for (const socket of [ada.socket, second, ana.socket]) {
    await socket.settled();
    orders.push(socket.items.filter((i) => i.Type === 'MESSAGE' && /^(ada|ana) \d/.test(i.Content)).map((i) => i.Content));
  }
  const { Transcript, NextToken } = await transcript(server, ada.token);
  const older = await transcript(server, ada.token, { NextToken });
  const oldest = older.NextToken ? await transcript(server, ada.token, { NextToken: older.NextToken }) : { Transcript: [] };
  const stored = [...oldest.Transcript, ...older.Transcript, ...Transcript].filter((i) => /^(ada|ana) \d/.test(i.Content ?? ''));
  assert.equal(orders[0].length, 200);
  assert.deepEqual(orders[1], orders[0]);
  assert.deepEqual(orders[2], orders[0]);
  assert.deepEqual(stored.map((i) => i.Content), orders[0]);
});

test('F22 a page of any origin may open a socket', async (t) => {
  const ada = await customer(t, server);
  const socket = await Socket.subscribed(await fresh(ada), { origin: 'https://shop.example' });
  await ada.send('hello');
  await socket.message('hello');
  socket.close();
});

test('a first socket that closes at once has started the flow for good', async (t) => {
  const ada = await customer(t, server);
  ada.socket.close();
  await once(ada.socket.ws, 'close');
  await send(server, ada.token, 'by REST alone');
  const { Transcript } = await transcript(server, ada.token);
  assert.equal(Transcript[0].ContentType, type.joined);
  assert.ok(Transcript.some((i) => i.Content === 'by REST alone'));
});
