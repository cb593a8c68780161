// Section A: the participant API, spoken by hand over real sockets.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { clientToken, conversation, customer, start } from '../../lib/chat.mjs';
import { startServer } from '../../lib/server.mjs';
import {
  answer,
  both,
  connection,
  isoTime,
  ok,
  participant,
  rawRequest,
  refused,
  send,
  sendEvent,
  Socket,
  transcript,
  type,
  uuid,
} from '../../lib/wire.mjs';
import { undo } from '../../lib/undo.mjs';

const server = await startServer();

test('A1 CreateParticipantConnection with both types answers both sections', async () => {
  const chat = await start(server);
  const { body } = await connection(server, chat.ParticipantToken);
  assert.match(body.Websocket.Url, /^(wss:\/\/|ws:\/\/127\.0\.0\.1:)/);
  assert.ok(body.Websocket.Url.length <= 2000, 'Url is at most 2000 characters');
  assert.match(body.Websocket.ConnectionExpiry, isoTime);
  assert.ok(body.ConnectionCredentials.ConnectionToken.length <= 1000, 'ConnectionToken is at most 1000 characters');
  assert.match(body.ConnectionCredentials.Expiry, isoTime);
});

test('A2 CreateParticipantConnection for credentials only has no Websocket', async () => {
  const chat = await start(server);
  const { body } = await connection(server, chat.ParticipantToken, ['CONNECTION_CREDENTIALS']);
  assert.deepEqual(Object.keys(body), ['ConnectionCredentials']);
});

test('A3 CreateParticipantConnection with ConnectParticipant and no Type answers an object', async () => {
  const chat = await start(server);
  const body = await ok(participant(server, 'connection', chat.ParticipantToken, { ConnectParticipant: true }));
  assert.equal(body.Websocket, undefined);
  assert.equal(body.ConnectionCredentials, undefined);
});

test('A4 Expiry lies between a minute and 24.8 days ahead', async () => {
  const chat = await start(server);
  const { body } = await connection(server, chat.ParticipantToken);
  const ahead = Date.parse(body.ConnectionCredentials.Expiry) - Date.now();
  assert.ok(ahead > 60_000 && ahead < 24.8 * 86_400_000, `${ahead} ms ahead`);
});

test('A5 a second connection leaves the first token and its unused address good', async (t) => {
  const chat = await start(server);
  const first = await connection(server, chat.ParticipantToken);
  const second = await connection(server, chat.ParticipantToken);
  const socket = await Socket.subscribed(first.url);
  undo(t, () => participant(server, 'disconnect', second.token, {}));
  await socket.event(type.joined);
  await send(server, first.token, 'by the first token');
  await send(server, second.token, 'by the second token');
  await socket.message('by the second token');
  socket.close();
});

test('A6 CreateParticipantConnection with a connection token is refused', async (t) => {
  const ada = await customer(t, server);
  refused(await participant(server, 'connection', ada.token, { Type: both }), 403, 'AccessDeniedException');
});

test('A7 operations with a participant token are refused', async (t) => {
  const ada = await customer(t, server);
  const calls = {
    message: { ContentType: type.text, Content: 'x' },
    event: { ContentType: type.typing },
    transcript: {},
    disconnect: {},
  };
  for (const [op, body] of Object.entries(calls)) {
    refused(await participant(server, op, ada.participantToken, body), 403, 'AccessDeniedException');
  }
});

test('A8 A9 a missing and a garbage token are refused with the same body', async (t) => {
  await customer(t, server);
  const calls = {
    connection: { Type: both },
    message: { ContentType: type.text, Content: 'x' },
    event: { ContentType: type.typing },
    transcript: {},
    disconnect: {},
  };
  for (const [op, body] of Object.entries(calls)) {
    const missing = await participant(server, op, null, body);
    refused(missing, 403, 'AccessDeniedException');
    for (const garbage of ['x', 'Bearer abc', 'a.b.c', 'A'.repeat(900)]) {
      const a = await participant(server, op, garbage, body);
      refused(a, 403, 'AccessDeniedException');
      assert.equal(a.text, missing.text);
    }
  }
});

test('A10 A11 the Authorization header does not matter', async (t) => {
  const ada = await customer(t, server);
  const nonsense =
    'AWS4-HMAC-SHA256 Credential=/20260102/us-west-2/execute-api/aws4_request, SignedHeaders=host, Signature=0000';
  for (const headers of [{ Authorization: nonsense }, {}]) {
    await ok(participant(server, 'message', ada.token, { ContentType: type.text, Content: 'x' }, headers));
  }
});

test('A12 the content type of a request does not matter', async (t) => {
  const ada = await customer(t, server);
  for (const contentType of ['application/x-amz-json-1.1', 'application/json; charset=utf-8', 'text/plain']) {
    await ok(participant(server, 'message', ada.token, { ContentType: type.text, Content: 'x' }, { 'Content-Type': contentType }));
  }
});

test('A13 the bearer header is found however it is written', async (t) => {
  const ada = await customer(t, server);
  for (const name of ['x-amz-bearer', 'X-AMZ-BEARER', 'X-Amz-Bearer']) {
    const body = JSON.stringify({ MaxResults: 1 });
    const got = await rawRequest(
      server,
      `POST /participant/transcript HTTP/1.1\nHost: 127.0.0.1\n${name}: ${ada.token}\nContent-Length: ${body.length}\nConnection: close\n\n${body}`,
    );
    assert.match(got, /^HTTP\/1\.1 200 /);
  }
});

test('A14 A15 a message has the same Id in the answer, on the socket and in the transcript', async (t) => {
  const ada = await customer(t, server);
  const sent = await ada.send('hello');
  assert.match(sent.Id, uuid);
  assert.match(sent.AbsoluteTime, isoTime);
  assert.equal(sent.MessageMetadata, undefined);
  const pushed = await ada.socket.message('hello');
  assert.equal(pushed.Id, sent.Id);
  assert.equal(pushed.AbsoluteTime, sent.AbsoluteTime);
  const { Transcript } = await transcript(server, ada.token);
  const stored = Transcript.find((i) => i.Content === 'hello');
  assert.equal(stored.Id, sent.Id);
  assert.equal(stored.AbsoluteTime, sent.AbsoluteTime);
});

test('A16 an empty message is refused', async (t) => {
  const ada = await customer(t, server);
  refused(await participant(server, 'message', ada.token, { ContentType: type.text, Content: '' }), 400, 'ValidationException');
});

test('A17 text is at most 1024 characters, whatever a character takes to encode', async (t) => {
  const ada = await customer(t, server);
  await ada.send('ä'.repeat(1024));
  await ada.send('🔔'.repeat(1024));
  refused(await participant(server, 'message', ada.token, { ContentType: type.text, Content: 'x'.repeat(1025) }), 400, 'ValidationException');
});

test('A18 an interactive response without an action is refused', async (t) => {
  const ada = await customer(t, server);
  for (const Content of [JSON.stringify({ version: '1.0' }), JSON.stringify({ action: 'go' }), 'not json']) {
    const a = await participant(server, 'message', ada.token, { ContentType: type.interactiveResponse, Content });
    assert.equal(a.status, 400, a.text);
    refused(a, 400, a.body.__type);
  }
});

test('A19 an interactive response passes byte for byte, unknown keys included', async (t) => {
  const ada = await customer(t, server);
  const Content = '{ "version":"1.0" ,"templateType":"ListPicker", "action":"show-more","data":{"preIndex":1,"ü":"\\u00fc"}, "extra":null}';
  const sent = await ok(participant(server, 'message', ada.token, { ContentType: type.interactiveResponse, Content }));
  const pushed = await ada.socket.item((i) => i.Id === sent.Id);
  assert.equal(pushed.Content, Content);
  assert.equal(pushed.ContentType, type.interactiveResponse);
});

test('A20 an agent cannot send a type the customer did not declare', async (t) => {
  const { agent } = await conversation(t, server, { SupportedMessagingContentTypes: [type.text] });
  refused(await participant(server, 'message', agent.token, { ContentType: type.markdown, Content: '**x**' }), 400, 'ValidationException');
});

test('A20 and can send one the customer declared', async (t) => {
  const { ada, agent } = await conversation(t, server, { SupportedMessagingContentTypes: [type.text, type.markdown] });
  const sent = await ok(participant(server, 'message', agent.token, { ContentType: type.markdown, Content: '**x**' }));
  const pushed = await ada.socket.item((i) => i.Id === sent.Id);
  assert.equal(pushed.ContentType, type.markdown);
});

test('A21 a repeated message is said once', async (t) => {
  const ada = await customer(t, server);
  const ClientToken = clientToken();
  const first = await ada.send('once', { ClientToken });
  const again = await Promise.all([1, 2, 3].map(() => ada.send('once', { ClientToken })));
  for (const answer of again) assert.deepEqual(answer, first);
  await ada.socket.settled();
  assert.equal(ada.socket.items.filter((i) => i.Content === 'once').length, 1);
  const { Transcript } = await transcript(server, ada.token);
  assert.equal(Transcript.filter((i) => i.Content === 'once').length, 1);
});

test('A21 a message repeated while the first is still on its way is said once', async (t) => {
  const ada = await customer(t, server);
  const ClientToken = clientToken();
  const answers = await Promise.all(Array.from({ length: 8 }, () => ada.send('at once', { ClientToken })));
  assert.equal(new Set(answers.map((a) => a.Id)).size, 1);
  const { Transcript } = await transcript(server, ada.token);
  assert.equal(Transcript.filter((i) => i.Content === 'at once').length, 1);
});

test('A22 A23 typing is accepted with and without content, pushed to the peer, and not stored', async (t) => {
  const { ada, ana } = await conversation(t, server);
  const typed = [await ok(sendEvent(server, ada.token, type.typing, '')), await ok(sendEvent(server, ada.token, type.typing))];
  for (const { Id, AbsoluteTime } of typed) {
    assert.match(AbsoluteTime, isoTime);
    const pushed = await ana.socket.item((i) => i.Id === Id);
    assert.equal(pushed.ContentType, type.typing);
    assert.equal(pushed.ParticipantId, ada.participantId);
  }
  const { Transcript } = await transcript(server, ada.token);
  assert.ok(!Transcript.some((i) => i.ContentType === type.typing));
});

test('A24 an unknown event is refused', async (t) => {
  const ada = await customer(t, server);
  for (const contentType of ['application/vnd.amazonaws.connect.event.nonsense', type.text, type.ended, type.joined]) {
    refused(await sendEvent(server, ada.token, contentType), 400, 'ValidationException');
  }
});

test('A25 connection.acknowledged is accepted and nobody hears of it', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  await ok(sendEvent(server, agent.token, type.acknowledged));
  await ada.socket.settled();
  await ana.socket.settled();
  for (const s of [ada.socket, ana.socket]) assert.ok(!s.items.some((i) => i.ContentType === type.acknowledged));
});

test('A26 A27 DisconnectParticipant answers {} and the caller sees left and then chat.ended', async (t) => {
  const ada = await customer(t, server);
  await ada.socket.event(type.joined);
  const a = await participant(server, 'disconnect', ada.token, { ClientToken: clientToken() });
  assert.equal(a.status, 200);
  assert.equal(a.text, '{}');
  assert.match(a.headers.get('content-type'), /^application\/json\b/);
  await ada.socket.event(type.ended);
  const kinds = ada.socket.items.map((i) => i.ContentType);
  assert.ok(kinds.indexOf(type.left) >= 0 && kinds.indexOf(type.left) < kinds.indexOf(type.ended), kinds.join('\n'));
  assert.equal(kinds.at(-1), type.ended);
});

test('A28 A29 after the end both of the customer\'s tokens are refused', async (t) => {
  const ada = await customer(t, server);
  await ok(participant(server, 'disconnect', ada.token, {}));
  await ada.socket.event(type.ended);
  refused(await participant(server, 'connection', ada.participantToken, { Type: both }), 403, 'AccessDeniedException');
  refused(await participant(server, 'message', ada.token, { ContentType: type.text, Content: 'x' }), 403, 'AccessDeniedException');
  refused(await sendEvent(server, ada.token, type.typing), 403, 'AccessDeniedException');
  refused(await participant(server, 'transcript', ada.token, {}), 403, 'AccessDeniedException');
  refused(await participant(server, 'disconnect', ada.token, {}), 403, 'AccessDeniedException');
});

test('A30 a chat nobody connected to has an empty transcript', async () => {
  const chat = await start(server);
  const { token } = await connection(server, chat.ParticipantToken, ['CONNECTION_CREDENTIALS']);
  const body = await transcript(server, token);
  assert.deepEqual(body.Transcript, []);
  assert.equal(body.InitialContactId, chat.ContactId);
  assert.equal(body.NextToken ?? null, null);
});

test('A31 the greeting waits for the socket and comes after the subscription', async (t) => {
  const chat = await start(server);
  const { token, url } = await connection(server, chat.ParticipantToken);
  await sleep(1000);
  assert.deepEqual((await transcript(server, token)).Transcript, [], 'the flow has begun without the customer');
  const socket = await Socket.open(url);
  undo(t, () => participant(server, 'disconnect', token, {}));
  await sleep(300);
  assert.equal(socket.items.length, 0, 'items before the subscription');
  socket.say({ topic: 'aws/subscribe', content: { topics: ['aws/chat'] } });
  await socket.item((i) => i.Type === 'MESSAGE' && i.ParticipantRole === 'SYSTEM');
  assert.equal(socket.frames[0].json.topic, 'aws/subscribe');
  socket.close();
});

test('A32 every refusal carries its name in the header and in the body', async (t) => {
  const ada = await customer(t, server);
  const cases = [
    ['message', { ContentType: type.text }, 400],
    ['message', { Content: 'x' }, 400],
    ['message', { ContentType: 'x'.repeat(101), Content: 'x' }, 400],
    ['event', {}, 400],
    ['transcript', { MaxResults: -1 }, 400],
    ['transcript', { SortOrder: 'SIDEWAYS' }, 400],
  ];
  for (const [op, body, status] of cases) {
    const a = await participant(server, op, ada.token, body);
    assert.equal(a.status, status, `${op} ${JSON.stringify(body)}: ${a.text}`);
    refused(a, status, 'ValidationException');
  }
  refused(await participant(server, 'connection', ada.participantToken, { Type: ['NONSENSE'] }), 400, 'ValidationException');
  const broken = await participant(server, 'message', ada.token, 'not json');
  refused(broken, 400, broken.body?.__type); // the name is not established, its agreement is
});

test('A33 the error header is spelled x-amzn-ErrorType on the line', async () => {
  const got = await rawRequest(
    server,
    'POST /participant/transcript HTTP/1.1\nHost: 127.0.0.1\nX-Amz-Bearer: nonsense\nContent-Length: 2\nConnection: close\n\n{}',
  );
  assert.match(got, /^HTTP\/1\.1 403 /);
  assert.match(got, /\r\nx-amzn-ErrorType: AccessDeniedException\r\n/);
  assert.match(got, /\r\nDate: [^\r]+\r\n/);
});

test('A34 every answer has a request id of its own', async (t) => {
  const ada = await customer(t, server);
  const answers = [
    await participant(server, 'transcript', ada.token, {}),
    await participant(server, 'transcript', 'nonsense', {}),
    await participant(server, 'nonsense', ada.token, {}),
    await answer(await fetch(`${server.url}/contact/chat`, { method: 'PUT', body: '{}' })),
  ];
  const ids = answers.map((a) => a.headers.get('x-amzn-requestid'));
  for (const id of ids) assert.match(id, uuid);
  assert.equal(new Set(ids).size, ids.length);
});

test('A39 twenty connections a second are all answered', async (t) => {
  const ada = await customer(t, server);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => participant(server, 'connection', ada.participantToken, { Type: both })),
  );
  assert.deepEqual(answers.map((a) => a.status), Array(20).fill(200));
  const tokens = answers.map((a) => a.body.ConnectionCredentials.ConnectionToken);
  await send(server, tokens[0], 'first');
  await send(server, tokens[19], 'last');
});

test('unknown and null members of a request are ignored', async (t) => {
  const ada = await customer(t, server);
  await ok(participant(server, 'message', ada.token, { ContentType: type.text, Content: 'x', ClientToken: null, Sideways: [1] }));
  await ok(participant(server, 'transcript', ada.token, { ContactId: null, StartPosition: null, NextToken: null }));
});

// What this server does not do yet must be refused in the service's own words:
// never html, never a made-up success.
const notYet = [
  ['authentication-url', { SessionId: '0'.repeat(36), RedirectUri: 'https://example.org' }],
  ['cancel-authentication', { SessionId: '0'.repeat(36) }],
];
for (const [path, body] of notYet) {
  test(`A37, A38 ${path} is refused in the words of the service`, async (t) => {
    const ada = await customer(t, server);
    const a = await participant(server, path, ada.token, body);
    const statuses = { AccessDeniedException: 403, ValidationException: 400, ResourceNotFoundException: 404, ConflictException: 409, ServiceQuotaExceededException: 402 };
    assert.ok(a.body?.__type in statuses, a.text);
    refused(a, statuses[a.body.__type], a.body.__type);
  });
}

test('A38 a session id of 35 characters is refused', async (t) => {
  const ada = await customer(t, server);
  refused(await participant(server, 'cancel-authentication', ada.token, { SessionId: '0'.repeat(35) }), 400, 'ValidationException');
});
