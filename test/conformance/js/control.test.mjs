// Section H with the AWS SDK for JavaScript v3, and its participant client on top.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateParticipantCommand,
  CreateQueueCommand,
  DescribeContactCommand,
  GetContactAttributesCommand,
  ListUsersCommand,
  MonitorContactCommand,
  SendChatIntegrationEventCommand,
  StartChatContactCommand,
  StartContactStreamingCommand,
  StartOutboundChatContactCommand,
  StopContactCommand,
  TransferContactCommand,
  UpdateContactAttributesCommand,
  UpdateParticipantRoleConfigCommand,
} from '@aws-sdk/client-connect';
import {
  CreateParticipantConnectionCommand,
  DisconnectParticipantCommand,
  GetTranscriptCommand,
  paginateGetTranscript,
  SendEventCommand,
  SendMessageCommand,
} from '@aws-sdk/client-connectparticipant';
import { clientToken, customer } from '../../lib/chat.mjs';
import { connect, connectParticipant } from '../../lib/sdk.mjs';
import { startServer } from '../../lib/server.mjs';
import { answer, both, connection, isoTime, ok, participant, Socket, transcript, type, uuid } from '../../lib/wire.mjs';

const server = await startServer();
const client = connect(server);
const participants = connectParticipant(server);

const chat = (more = {}) =>
  new StartChatContactCommand({
    InstanceId: server.instanceId,
    ContactFlowId: server.contactFlowId,
    ParticipantDetails: { DisplayName: 'Ada' },
    ...more,
  });

/** Checks what an SDK throws. */
const rejects = (promise, status, name) =>
  assert.rejects(promise, (e) => {
    assert.equal(e.name, name, e.message);
    assert.equal(e.$metadata.httpStatusCode, status);
    assert.ok(e.message.length > 0, 'no message');
    assert.match(e.$metadata.requestId, uuid);
    return true;
  });

test('H1 StartChatContact answers ids and a token, and the token connects', async () => {
  const started = await client.send(chat());
  assert.match(started.ContactId, uuid);
  assert.match(started.ParticipantId, uuid);
  const { ConnectionCredentials, Websocket } = await participants.send(
    new CreateParticipantConnectionCommand({ ParticipantToken: started.ParticipantToken, Type: both }),
  );
  assert.ok(ConnectionCredentials.ConnectionToken && Websocket.Url);
});

test('A1 A14 A23 A27 B1 a whole chat through the participant client', async () => {
  const started = await client.send(chat());
  const { ConnectionCredentials, Websocket } = await participants.send(
    new CreateParticipantConnectionCommand({ ParticipantToken: started.ParticipantToken, Type: both }),
  );
  const ConnectionToken = ConnectionCredentials.ConnectionToken;
  const socket = await Socket.subscribed(Websocket.Url);
  const sent = await participants.send(new SendMessageCommand({ ConnectionToken, ContentType: type.text, Content: 'hello' }));
  assert.match(sent.AbsoluteTime, isoTime);
  assert.equal((await socket.message('hello')).Id, sent.Id);
  await participants.send(new SendEventCommand({ ConnectionToken, ContentType: type.typing }));
  const page = await participants.send(new GetTranscriptCommand({ ConnectionToken, MaxResults: 1 }));
  assert.equal(page.Transcript[0].Id, sent.Id);
  assert.equal(page.InitialContactId, started.ContactId);
  await participants.send(new DisconnectParticipantCommand({ ConnectionToken }));
  await socket.event(type.ended);
  await rejects(participants.send(new GetTranscriptCommand({ ConnectionToken })), 403, 'AccessDeniedException');
  socket.close();
});

test('B19 the paginator of the SDK comes to an end', async (t) => {
  const ada = await customer(t, server);
  for (let n = 0; n < 30; n++) await ada.send(`message ${n}`);
  const seen = [];
  for await (const page of paginateGetTranscript({ client: participants }, { ConnectionToken: ada.token, MaxResults: 7 })) {
    seen.push(...page.Transcript.map((i) => i.Id));
    assert.ok(seen.length < 100, 'the pages do not end');
  }
  const { Transcript } = await transcript(server, ada.token);
  assert.deepEqual(seen, Transcript.map((i) => i.Id).reverse());
});

test('H2 the instance may be named by its ARN, in a path as well', async () => {
  const started = await client.send(chat({ InstanceId: server.instanceArn }));
  const described = await client.send(new DescribeContactCommand({ InstanceId: server.instanceArn, ContactId: started.ContactId }));
  assert.equal(described.Contact.Id, started.ContactId);
  assert.equal(described.Contact.Arn, `${server.instanceArn}/contact/${started.ContactId}`);
  const { Attributes } = await client.send(new GetContactAttributesCommand({ InstanceId: server.instanceArn, InitialContactId: started.ContactId }));
  assert.deepEqual(Attributes ?? {}, {});
});

test('H3 a wrong secret is refused', async () => {
  const wrong = connect(server, { credentials: { accessKeyId: server.accessKeyId, secretAccessKey: 'wrong' } });
  await rejects(wrong.send(chat()), 403, 'InvalidSignatureException');
});

test('H4 a request without a signature is refused', async () => {
  const a = await answer(await fetch(`${server.url}/contact/chat`, { method: 'PUT', body: '{}' }));
  assert.equal(a.status, 403, a.text);
  assert.equal(a.body.__type, 'MissingAuthenticationTokenException');
  assert.equal(a.headers.get('x-amzn-errortype'), 'MissingAuthenticationTokenException');
});

test('a half signature is refused as incomplete', async () => {
  const headers = { Authorization: 'AWS4-HMAC-SHA256 Credential=dev/20260102/us-west-2/connect/aws4_request' };
  const a = await answer(await fetch(`${server.url}/contact/chat`, { method: 'PUT', body: '{}', headers }));
  assert.equal(a.status, 400, a.text);
  assert.equal(a.body.__type, 'IncompleteSignatureException');
});

test('a development server takes a key it does not know', async () => {
  const anybody = connect(server, { credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'whatever' } });
  assert.match((await anybody.send(chat())).ContactId, uuid);
});

test('H5 a body changed after signing is refused', async () => {
  const inner = client.config.requestHandler;
  const meddler = connect(server, {
    requestHandler: {
      handle(request, options) {
        request.body = request.body.replace('Ada', 'Eve');
        return inner.handle(request, options);
      },
    },
  });
  await rejects(meddler.send(chat()), 403, 'InvalidSignatureException');
});

test('H6 a clock twenty minutes off is refused, with the right time', async () => {
  for (const systemClockOffset of [20 * 60_000, -20 * 60_000]) {
    const early = connect(server, { systemClockOffset, maxAttempts: 1 });
    await assert.rejects(early.send(chat()), (e) => {
      assert.equal(e.$metadata.httpStatusCode, 403);
      assert.ok(['InvalidSignatureException', 'RequestExpired', 'RequestTimeTooSkewed', 'SignatureDoesNotMatch'].includes(e.name), e.name);
      const date = Date.parse(e.$response.headers['date'] ?? e.$response.headers['Date']);
      assert.ok(Math.abs(date - Date.now()) < 60_000, 'no Date to set the clock by');
      return true;
    });
  }
});

test('H6 J17 an SDK whose clock is wrong sets it by the refusal, and gets through', async (t) => {
  for (const off of [20 * 60_000, -20 * 60_000]) {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + off });
    assert.match((await connect(server).send(chat())).ContactId, uuid);
    t.mock.timers.reset();
  }
});

test('H8 session credentials are accepted', async () => {
  const session = connect(server, {
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey, sessionToken: 'a session/token+with=signs' },
  });
  assert.match((await session.send(chat())).ContactId, uuid);
});

test('H9 a name of any script survives signing and comes out as it went in', async () => {
  const DisplayName = 'Zoë 山田 🔔 "x" \\ /';
  const started = await client.send(chat({ ParticipantDetails: { DisplayName } }));
  const { token, url } = await connection(server, started.ParticipantToken);
  const socket = await Socket.subscribed(url);
  assert.equal((await socket.event(type.joined)).DisplayName, DisplayName);
  await ok(participant(server, 'disconnect', token, {}));
  socket.close();
});

test('H10 content types without text/plain are refused', () =>
  rejects(client.send(chat({ SupportedMessagingContentTypes: ['text/markdown'] })), 400, 'InvalidRequestException'));

test('H11 the same client token starts one chat', async () => {
  const ClientToken = clientToken();
  const [first, ...again] = await Promise.all([1, 2, 3].map(() => client.send(chat({ ClientToken }))));
  for (const a of again) {
    assert.equal(a.ContactId, first.ContactId);
    assert.equal(a.ParticipantId, first.ParticipantId);
    await ok(participant(server, 'connection', a.ParticipantToken, { Type: both }));
  }
  assert.notEqual((await client.send(chat({ ClientToken: clientToken() }))).ContactId, first.ContactId);
});

test('H12 a chat lasts at least 60 and at most 10080 minutes', async () => {
  for (const ChatDurationInMinutes of [59, 10081]) {
    await assert.rejects(client.send(chat({ ChatDurationInMinutes })), (e) => {
      assert.equal(e.$metadata.httpStatusCode, 400);
      assert.match(e.name, /^Invalid(Request|Parameter)Exception$/);
      return true;
    });
  }
  for (const ChatDurationInMinutes of [60, 10080]) await client.send(chat({ ChatDurationInMinutes }));
});

test('H13 more than 32 KB of attributes are refused', async () => {
  const Attributes = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`key${n}`, 'x'.repeat(1000)]));
  await assert.rejects(client.send(chat({ Attributes })), (e) => {
    assert.equal(e.$metadata.httpStatusCode, 400);
    assert.match(e.name, /^Invalid(Request|Parameter)Exception$/);
    return true;
  });
});

test('H14 a persistent chat that is also related is refused', () =>
  rejects(
    client.send(chat({ PersistentChat: { SourceContactId: 'a', RehydrationType: 'FROM_SEGMENT' }, RelatedContactId: 'b' })),
    400,
    'InvalidRequestException',
  ));

test('an unknown flow or instance is not found', async () => {
  await rejects(client.send(chat({ ContactFlowId: '00000000-0000-4000-8000-000000000000' })), 404, 'ResourceNotFoundException');
  await rejects(client.send(chat({ InstanceId: '00000000-0000-4000-8000-000000000000' })), 404, 'ResourceNotFoundException');
});

test('H17 StopContact ends a chat; a second one finds it gone', async (t) => {
  const ada = await customer(t, server);
  const stop = () => client.send(new StopContactCommand({ InstanceId: server.instanceId, ContactId: ada.contactId }));
  await stop();
  await ada.socket.event(type.ended);
  try {
    await stop();
  } catch (e) {
    assert.equal(e.name, 'ContactNotFoundException');
    assert.equal(e.$metadata.httpStatusCode, 410);
  }
  await assert.rejects(
    client.send(new StopContactCommand({ InstanceId: server.instanceId, ContactId: '00000000-0000-4000-8000-000000000000' })),
    (e) => {
      assert.ok(['ContactNotFoundException', 'ResourceNotFoundException'].includes(e.name), e.name);
      assert.equal(e.$metadata.httpStatusCode, e.name === 'ContactNotFoundException' ? 410 : 404);
      return true;
    },
  );
});

test('H18 DescribeContact dates are numbers on the line and dates in the SDK', async (t) => {
  const before = Date.now() - 1000;
  const ada = await customer(t, server);
  await ada.socket.item((i) => i.ParticipantRole === 'SYSTEM');
  const get = new DescribeContactCommand({ InstanceId: server.instanceId, ContactId: ada.contactId });
  let raw;
  const inner = client.config.requestHandler;
  const listening = connect(server, {
    requestHandler: {
      async handle(request, options) {
        const result = await inner.handle(request, options);
        const chunks = [];
        for await (const chunk of result.response.body) chunks.push(chunk);
        raw = Buffer.concat(chunks);
        const { Readable } = await import('node:stream');
        result.response.body = Readable.from([raw]);
        return result;
      },
    },
  });
  const { Contact } = await listening.send(get);
  assert.equal(Contact.Channel, 'CHAT');
  assert.equal(Contact.InitiationMethod, 'API');
  assert.ok(Contact.InitiationTimestamp instanceof Date);
  assert.ok(Contact.InitiationTimestamp.getTime() >= before && Contact.InitiationTimestamp.getTime() <= Date.now() + 1000);
  assert.equal(typeof JSON.parse(raw).Contact.InitiationTimestamp, 'number');
  await ok(participant(server, 'disconnect', ada.token, {}));
  await ada.socket.event(type.ended);
  assert.ok((await client.send(get)).Contact.DisconnectTimestamp instanceof Date);
});

test('H19 CreateParticipant lets a custom participant in', async (t) => {
  const ada = await customer(t, server);
  const made = await client.send(
    new CreateParticipantCommand({
      InstanceId: server.instanceId,
      ContactId: ada.contactId,
      ParticipantDetails: { ParticipantRole: 'CUSTOM_BOT', DisplayName: 'Helper' },
    }),
  );
  assert.match(made.ParticipantId, uuid);
  assert.match(made.ParticipantCredentials.Expiry, isoTime);
  const bot = await connection(server, made.ParticipantCredentials.ParticipantToken, both, { ConnectParticipant: true });
  const sent = await ok(participant(server, 'message', bot.token, { ContentType: type.text, Content: 'I can help' }));
  const item = await ada.socket.item((i) => i.Id === sent.Id);
  assert.equal(item.ParticipantRole, 'CUSTOM_BOT');
  assert.equal(item.DisplayName, 'Helper');
  assert.equal(item.ParticipantId, made.ParticipantId);
});

test('H21 attributes are merged, and readable after the end', async (t) => {
  const started = await client.send(chat({ Attributes: { a: '1', b: '2' } }));
  const c = { InstanceId: server.instanceId, InitialContactId: started.ContactId };
  const get = async () => (await client.send(new GetContactAttributesCommand(c))).Attributes;
  assert.deepEqual(await get(), { a: '1', b: '2' });
  await client.send(new UpdateContactAttributesCommand({ ...c, Attributes: { b: '3', c: '' } }));
  const merged = await get();
  assert.equal(merged.a, '1');
  assert.equal(merged.b, '3');
  await client.send(new StopContactCommand({ InstanceId: server.instanceId, ContactId: started.ContactId }));
  assert.equal((await get()).b, '3');
  await client.send(new UpdateContactAttributesCommand({ ...c, Attributes: { after: 'the end' } }));
  assert.equal((await get()).after, 'the end');
  t.diagnostic('attributes after the end can be read and changed');
});

// Operations this server does not do yet: refused as the operation itself
// would refuse, which is what an SDK can make sense of.
const contact = { InstanceId: server.instanceId, ContactId: '00000000-0000-4000-8000-000000000000' };
const notYet = {
  'H20 UpdateParticipantRoleConfig': new UpdateParticipantRoleConfigCommand({
    ...contact,
    ChannelConfiguration: {
      Chat: { ParticipantTimerConfigList: [{ ParticipantRole: 'CUSTOMER', TimerType: 'IDLE', TimerValue: { ParticipantTimerDurationInMinutes: 5 } }] },
    },
  }),
  'H22 StartContactStreaming': new StartContactStreamingCommand({
    ...contact,
    ClientToken: clientToken(),
    ChatStreamingConfiguration: { StreamingEndpointArn: 'arn:aws:sns:us-west-2:000000000000:topic' },
  }),
  'H23 SendChatIntegrationEvent': new SendChatIntegrationEventCommand({ SourceId: 'a', DestinationId: 'b', Event: { Type: 'MESSAGE', ContentType: type.text, Content: 'x' } }),
  MonitorContact: new MonitorContactCommand({ ...contact, UserId: server.agents[0].userId }),
  TransferContact: new TransferContactCommand({ ...contact, ContactFlowId: server.contactFlowId }),
  StartOutboundChatContact: new StartOutboundChatContactCommand({
    InstanceId: server.instanceId,
    ContactFlowId: server.contactFlowId,
    SourceEndpoint: { Type: 'CONNECT_PHONENUMBER_ARN', Address: 'x' },
    DestinationEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+1' },
    SegmentAttributes: { 'connect:Subtype': { ValueString: 'connect:SMS' } },
  }),
  ListUsers: new ListUsersCommand({ InstanceId: server.instanceId }),
  CreateQueue: new CreateQueueCommand({ InstanceId: server.instanceId, Name: 'x', HoursOfOperationId: 'y' }),
};
for (const [name, command] of Object.entries(notYet)) {
  test(`${name} is refused in the words of the service`, () =>
    assert.rejects(client.send(command), (e) => {
      assert.match(e.name, /^(InvalidRequest|InvalidParameter|Validation|ResourceNotFound|AccessDenied)Exception$/);
      const status = { ResourceNotFoundException: 404, AccessDeniedException: 403 }[e.name] ?? 400;
      assert.equal(e.$metadata.httpStatusCode, status);
      assert.equal(e.$metadata.attempts, 1, 'the SDK tried again');
      assert.match(e.$response.headers['content-type'], /^application\/json\b/);
      return true;
    }));
}

test('a path of no operation is refused as JSON', async () => {
  const a = await answer(await fetch(`${server.url}/nonsense/path`, { method: 'POST', body: '{}' }));
  assert.ok(a.status >= 400 && a.status < 500);
});
