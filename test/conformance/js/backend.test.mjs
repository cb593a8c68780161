// Section I: the personal chat backend that web pages call without a signature.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../../lib/server.mjs';
import { answer, both, ok, participant, post, Socket, connection, transcript, type, uuid } from '../../lib/wire.mjs';

const server = await startServer();

const chatInterface = {
  InstanceId: server.instanceId,
  ContactFlowId: server.contactFlowId,
  ParticipantDetails: { DisplayName: 'Ada' },
  SupportedMessagingContentTypes: ['text/plain', 'text/markdown', 'application/vnd.amazonaws.connect.message.interactive', 'application/vnd.amazonaws.connect.message.interactive.response'],
  ChatDurationInMinutes: 60,
  Attributes: { customerName: 'Ada' },
};

async function started(a) {
  assert.equal(a.status, 200, a.text);
  assert.match(a.headers.get('content-type'), /^application\/json\b/);
  const result = a.body.data.startChatResult;
  assert.match(result.ContactId, uuid);
  assert.match(result.ParticipantId, uuid);
  assert.equal(typeof result.ParticipantToken, 'string');
  await ok(participant(server, 'connection', result.ParticipantToken, { Type: both }));
  return a.body.data;
}

for (const [id, contentType, body] of [
  ['I1 the body of chat-interface, sent as text', 'text/plain;charset=UTF-8', chatInterface],
  ['I2 the post of jQuery, sent as a form', 'application/x-www-form-urlencoded; charset=UTF-8', chatInterface],
  ['I3 the body of Touchpoint', 'application/json', { ...chatInterface, SupportedMessagingContentTypes: [...chatInterface.SupportedMessagingContentTypes, 'application/json'] }],
]) {
  test(`${id} starts a chat`, async () => {
    await started(await post(server.startChatUrl, body, { 'Content-Type': contentType }));
  });
}

test('I1 empty ids fall back to the server\'s own', async () => {
  await started(await post(server.startChatUrl, { ...chatInterface, InstanceId: '', ContactFlowId: '' }));
});

test('I4 a body without participant details starts a chat with a name', async () => {
  const { startChatResult } = await started(await post(server.startChatUrl, { customerName: 'x' }));
  const { token, url } = await connection(server, startChatResult.ParticipantToken);
  const socket = await Socket.subscribed(url);
  const joined = await socket.event(type.joined);
  assert.ok(joined.DisplayName.length > 0);
  await ok(participant(server, 'disconnect', token, {}));
  socket.close();
});

test('I5 markdown is announced only to those who sent content types', async () => {
  const withTypes = await started(await post(server.startChatUrl, chatInterface));
  assert.equal(withTypes.featurePermissions.MESSAGING_MARKDOWN, true);
  const { SupportedMessagingContentTypes: _, ...without } = chatInterface;
  const plain = await started(await post(server.startChatUrl, without));
  assert.ok(!('MESSAGING_MARKDOWN' in (plain.featurePermissions ?? {})));
});

/** Checks that a page of any origin may read an answer: by a star, or by its own name. */
function open({ headers }) {
  assert.ok(['*', 'https://shop.example'].includes(headers.get('access-control-allow-origin')), 'closed to other origins');
}

function refusedByBackend(a) {
  assert.ok(a.status >= 400 && a.status < 500, `${a.status} ${a.text}`);
  assert.match(a.headers.get('content-type'), /^application\/json\b/);
  open(a);
  assert.equal(typeof a.body.data.Error.message, 'string');
}

test('I7 an unknown flow is refused as JSON', async () => {
  refusedByBackend(await post(server.startChatUrl, { ...chatInterface, ContactFlowId: '00000000-0000-4000-8000-000000000000' }));
  refusedByBackend(await post(server.startChatUrl, { ...chatInterface, InstanceId: '00000000-0000-4000-8000-000000000000' }));
});

test('I8 what is not JSON is refused as JSON', async () => {
  for (const body of ['', 'not json', '{', '<html>', 'a=b&c=d']) refusedByBackend(await post(server.startChatUrl, body));
});

test('H10 H12 what StartChatContact refuses, the backend refuses', async () => {
  refusedByBackend(await post(server.startChatUrl, { ...chatInterface, SupportedMessagingContentTypes: ['text/markdown'] }));
  refusedByBackend(await post(server.startChatUrl, { ...chatInterface, ChatDurationInMinutes: 59 }));
});

test('I9 a preflight allows the headers it names', async () => {
  const response = await fetch(server.startChatUrl, {
    method: 'OPTIONS',
    headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type,x-shop-visit' },
  });
  assert.ok(response.ok, `${response.status}`);
  open(response);
  assert.match(response.headers.get('access-control-allow-methods'), /\bPOST\b/);
  const allowed = response.headers.get('access-control-allow-headers').toLowerCase().split(/\s*,\s*/);
  assert.ok(allowed.includes('content-type') && allowed.includes('x-shop-visit'), allowed.join());
});

test('I9 answers of the backend are open to every page', async () => {
  const response = await fetch(server.startChatUrl, { method: 'POST', headers: { Origin: 'https://shop.example' }, body: JSON.stringify(chatInterface) });
  open(response);
  await started(await answer(response));
});

for (const path of ['/start-chat', '/start-chat/', '/startChatContact']) {
  test(`I10 POST ${path} starts a chat`, async () => {
    await started(await post(server.url + path, chatInterface));
  });
}

test('the hosted widget\'s name for the instance is understood', async () => {
  const { InstanceId, ...rest } = chatInterface;
  await started(await post(server.startChatUrl, { ...rest, ConnectInstanceId: InstanceId }));
});

test('attributes and the first message of the body reach the chat', async () => {
  const { startChatResult } = await started(await post(server.startChatUrl, { ...chatInterface, InitialMessage: { ContentType: 'text/plain', Content: 'first words' } }));
  const { token, url } = await connection(server, startChatResult.ParticipantToken);
  const socket = await Socket.subscribed(url);
  await socket.message('first words');
  assert.ok((await transcript(server, token)).Transcript.some((i) => i.Content === 'first words'));
  await ok(participant(server, 'disconnect', token, {}));
  socket.close();
});
