// Section C: delivered and read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateParticipantCommand } from '@aws-sdk/client-connect';
import { conversation } from '../../lib/chat.mjs';
import { connect } from '../../lib/sdk.mjs';
import { startServer } from '../../lib/server.mjs';
import { undo } from '../../lib/undo.mjs';
import { connection, isoTime, ok, refused, sendEvent, Socket, transcript, type } from '../../lib/wire.mjs';

const server = await startServer();
const about = (messageId, more = {}) => JSON.stringify({ messageId, ...more });
const receiptsOf = (socket, id) => socket.items.filter((i) => i.Type === 'MESSAGEMETADATA' && i.MessageMetadata.MessageId === id);

test('C1 C2 a receipt reaches both sides as one MESSAGEMETADATA with one receipt', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  const { Id } = await agent.send('how can I help?');
  await ada.socket.item((i) => i.Id === Id);
  for (const [event, field] of [
    [type.delivered, 'DeliveredTimestamp'],
    [type.read, 'ReadTimestamp'],
  ]) {
    await ok(sendEvent(server, ada.token, event, about(Id)));
    for (const socket of [ana.socket, ada.socket]) {
      const item = await socket.item((i) => i.Type === 'MESSAGEMETADATA' && i.MessageMetadata.Receipts[0]?.[field] !== undefined);
      assert.equal(item.ContentType, type.metadata);
      assert.equal(item.MessageMetadata.MessageId, Id);
      assert.equal(item.MessageMetadata.Receipts.length, 1);
      const [receipt] = item.MessageMetadata.Receipts;
      assert.match(receipt[field], isoTime);
      assert.equal(receipt.RecipientParticipantId, ada.participantId);
      assert.equal(item.InitialContactId, ada.contactId);
    }
  }
});

test('C3 receipts that share a client token are all recorded', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  const m1 = await agent.send('one');
  const m2 = await agent.send('two');
  for (const m of [m1, m2]) {
    await ok(sendEvent(server, ada.token, type.read, about(m.Id), { ClientToken: 'INCOMING_READ_RECEIPT' }));
    await ana.socket.item((i) => i.MessageMetadata?.MessageId === m.Id);
  }
  const { Transcript } = await transcript(server, ada.token);
  for (const m of [m1, m2]) {
    assert.ok(Transcript.find((i) => i.Id === m.Id).MessageMetadata.Receipts[0].ReadTimestamp, 'no read mark in the transcript');
  }
});

test('C4 a repeated receipt is no error and changes nothing', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  const { Id } = await agent.send('one');
  await ok(sendEvent(server, ada.token, type.read, about(Id)));
  await ana.socket.item((i) => i.MessageMetadata?.MessageId === Id);
  const mark = async () => (await transcript(server, ada.token)).Transcript.find((i) => i.Id === Id).MessageMetadata;
  const first = await mark();
  await ok(sendEvent(server, ada.token, type.read, about(Id)));
  await ok(sendEvent(server, ada.token, type.delivered, about(Id)));
  const again = await mark();
  assert.equal(again.Receipts.length, 1);
  assert.equal(again.Receipts[0].ReadTimestamp, first.Receipts[0].ReadTimestamp);
});

test('C5 extra keys in a receipt are accepted', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  const { Id } = await agent.send('one');
  await ok(sendEvent(server, ada.token, type.read, about(Id, { disableThrottle: true })));
  await ana.socket.item((i) => i.MessageMetadata?.MessageId === Id);
});

test('C6 a receipt for an own or unknown message is accepted and nobody hears of it', async (t) => {
  const { ada, ana } = await conversation(t, server);
  const { Id } = await ada.send('mine');
  const unknown = '00000000-0000-4000-8000-000000000000';
  await ok(sendEvent(server, ada.token, type.read, about(Id)));
  await ok(sendEvent(server, ada.token, type.delivered, about(unknown)));
  await ada.socket.settled();
  await ana.socket.settled();
  for (const socket of [ada.socket, ana.socket]) {
    assert.equal(receiptsOf(socket, Id).length + receiptsOf(socket, unknown).length, 0);
  }
});

test('C7 with three participants a receipt is a conflict', async (t) => {
  const { ada, agent } = await conversation(t, server);
  const bot = await connect(server).send(
    new CreateParticipantCommand({
      InstanceId: server.instanceId,
      ContactId: ada.contactId,
      ParticipantDetails: { ParticipantRole: 'CUSTOM_BOT', DisplayName: 'Helper' },
    }),
  );
  const third = await connection(server, bot.ParticipantCredentials.ParticipantToken, undefined, { ConnectParticipant: true });
  const socket = await Socket.subscribed(third.url);
  undo(t, () => socket.close());
  await ada.socket.item((i) => i.ContentType === type.joined && i.ParticipantRole === 'CUSTOM_BOT');
  const { Id } = await agent.send('one');
  refused(await sendEvent(server, ada.token, type.read, about(Id)), 409, 'ConflictException');
});

test('C8 a receipt is never pushed as an event', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  const { Id } = await agent.send('one');
  await ok(sendEvent(server, ada.token, type.delivered, about(Id)));
  await ok(sendEvent(server, ada.token, type.read, about(Id)));
  await ana.socket.item((i) => i.MessageMetadata?.Receipts?.[0]?.ReadTimestamp);
  await ada.socket.settled();
  for (const item of [...ada.socket.items, ...ana.socket.items]) {
    assert.ok(![type.read, type.delivered].includes(item.ContentType), JSON.stringify(item));
  }
});
