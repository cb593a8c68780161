// J14 and J15: the native SDKs, replayed frame by frame. Their libraries need
// devices; what they put on the wire does not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { conversation } from '../../lib/chat.mjs';
import { startServer } from '../../lib/server.mjs';
import { both, connection, ok, participant, patience, Socket, type } from '../../lib/wire.mjs';

const server = await startServer();
const mobile = { 'Content-Type': 'application/x-amz-json-1.1' };
const call = (op, token, body) => ok(participant(server, op, token, body, mobile));

test('J14 a chat of the iOS SDK', async (t) => {
  const { ada, agent } = await conversation(t, server);
  const { Websocket, ConnectionCredentials } = await call('connection', ada.participantToken, { Type: both });
  const token = ConnectionCredentials.ConnectionToken;
  const socket = await Socket.open(Websocket.Url);
  socket.say('{"topic": "aws/subscribe", "content": {"topics": ["aws/chat"]}})');
  await socket.frame((f) => f.topic === 'aws/subscribe' && f.content.status === 'success');

  const first = await call('transcript', token, { ScanDirection: 'BACKWARD', SortOrder: 'ASCENDING', MaxResults: 30 });
  assert.ok(Array.isArray(first.Transcript));
  await call('event', token, { ContentType: type.typing, Content: '', ClientToken: 't1' });
  const sent = await call('message', token, { ContentType: type.text, Content: 'from iOS', ClientToken: 't2' });
  assert.equal((await socket.message('from iOS')).Id, sent.Id);

  await sleep(1000); // its first heartbeat is a late one
  socket.say('{"topic": "aws/heartbeat"}');
  socket.say('{"topic": "aws/ping"}');
  const ping = await socket.frame((f) => f.topic === 'aws/ping');
  assert.equal(ping.statusCode, 200);
  assert.equal(ping.statusContent, 'OK');

  const last = await agent.send('to iOS');
  await socket.message('to iOS');
  await call('event', token, { ContentType: type.delivered, Content: JSON.stringify({ messageId: last.Id }), ClientToken: 't3' });
  await call('event', token, { ContentType: type.read, Content: JSON.stringify({ messageId: last.Id }), ClientToken: 't4' });

  // Into the background and back: closed with 1001, then a new connection and a scan forward.
  socket.close(1001);
  await once(socket.ws, 'close');
  await agent.send('while away');
  const again = await call('connection', ada.participantToken, { Type: both });
  const back = await Socket.subscribed(again.Websocket.Url);
  const missed = await call('transcript', again.ConnectionCredentials.ConnectionToken, {
    ScanDirection: 'FORWARD',
    SortOrder: 'ASCENDING',
    MaxResults: 30,
    StartPosition: { Id: last.Id },
  });
  assert.deepEqual(missed.Transcript.map((i) => i.Content), ['to iOS', 'while away']);
  assert.ok(!missed.NextToken);

  const bye = await participant(server, 'disconnect', again.ConnectionCredentials.ConnectionToken, {}, mobile);
  assert.equal(bye.text, '{}');
  await back.event(type.ended);
  const late = await participant(server, 'connection', ada.participantToken, { Type: both }, mobile);
  assert.equal(late.headers.get('x-amzn-errortype'), 'AccessDeniedException', 'the SDK compares the whole value');
  back.close();
});

test('J15 a chat of the Android SDK', async (t) => {
  const { ada, agent } = await conversation(t, server);
  const { Websocket } = await call('connection', ada.participantToken, { Type: both });
  const socket = await Socket.open(Websocket.Url);
  socket.say('{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}');
  socket.say('{"topic":"aws/heartbeat"}');
  socket.say('{"topic":"aws/ping"}');
  await socket.frame((f) => f.topic === 'aws/heartbeat');
  const ping = await socket.frame((f) => f.topic === 'aws/ping');
  assert.ok(ping.statusCode === 200 && ping.statusContent === 'OK');
  const pong = once(socket.ws, 'pong', { signal: AbortSignal.timeout(patience) });
  socket.ws.ping(); // OkHttp sends one a minute
  await pong;

  await call('event', ada.token, { ContentType: type.typing, Content: '', ClientToken: 't1' });
  const known = await call('message', ada.token, { ContentType: type.text, Content: 'from Android', ClientToken: 't2' });
  await socket.message('from Android');

  socket.close(4000);
  await once(socket.ws, 'close');
  for (let n = 0; n < 120; n++) await agent.send(`missed ${n}`);

  const again = await connection(server, ada.participantToken);
  const back = await Socket.subscribed(again.url);
  // It loops with the last known item as the new position while there is a token.
  const got = [];
  let from = known.Id;
  for (let round = 0; ; round++) {
    assert.ok(round < 5, 'the loop does not end');
    const page = await call('transcript', again.token, { ScanDirection: 'FORWARD', SortOrder: 'ASCENDING', MaxResults: 100, StartPosition: { Id: from } });
    for (const item of page.Transcript) if (!got.some((i) => i.Id === item.Id)) got.push(item);
    from = page.Transcript.at(-1).Id;
    if (!page.NextToken) break;
  }
  assert.deepEqual(got.map((i) => i.Content), ['from Android', ...Array.from({ length: 120 }, (_, n) => `missed ${n}`)]);
  await agent.send('live again');
  const item = await back.message('live again');
  for (const key of ['ParticipantRole', 'Id', 'Content', 'DisplayName', 'AbsoluteTime', 'ContentType']) assert.equal(typeof item[key], 'string', key);
  back.close();
});
