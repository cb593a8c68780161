// Section G: what an item looks like, on the socket and in the transcript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversation, customer } from '../../lib/chat.mjs';
import { startServer } from '../../lib/server.mjs';
import { isoTime, ok, participant, sendEvent, transcript, type, uuid } from '../../lib/wire.mjs';

const server = await startServer();

/** A chat in which everything that can happen without a timer or a bot has happened. */
async function everything(t) {
  const { ada, ana, agent } = await conversation(t, server);
  await agent.send('how can I help?');
  await ada.send('hello');
  const said = await agent.send('bye');
  await ok(sendEvent(server, agent.token, type.typing));
  await ok(sendEvent(server, ada.token, type.read, JSON.stringify({ messageId: said.Id })));
  await ana.socket.item((i) => i.Type === 'MESSAGEMETADATA');
  const stored = (await transcript(server, ada.token)).Transcript;
  await ok(participant(server, 'disconnect', ada.token, {}));
  await ada.socket.event(type.ended);
  await ana.socket.event(type.ended);
  return { ada, agent, pushed: ada.socket.items, stored };
}

test('G1 every pushed item has time, id, type and contacts', async (t) => {
  const { ada, pushed } = await everything(t);
  for (const item of pushed) {
    assert.match(item.AbsoluteTime, isoTime);
    assert.match(item.Id, uuid);
    assert.ok(['MESSAGE', 'EVENT', 'ATTACHMENT', 'MESSAGEMETADATA'].includes(item.Type), item.Type);
    assert.equal(item.InitialContactId, ada.contactId);
    assert.equal(item.ContactId, ada.contactId);
  }
});

test('G2 messages, joined, left and typing name their author with strings', async (t) => {
  const { pushed } = await everything(t);
  const authored = pushed.filter((i) => i.Type === 'MESSAGE' || [type.joined, type.left, type.typing].includes(i.ContentType));
  for (const kind of [type.joined, type.left, type.typing]) assert.ok(authored.some((i) => i.ContentType === kind), kind);
  for (const item of authored) {
    for (const key of ['DisplayName', 'ParticipantRole', 'ParticipantId', 'ContentType']) assert.equal(typeof item[key], 'string', `${key} of ${JSON.stringify(item)}`);
  }
  const prompt = pushed.find((i) => i.Type === 'MESSAGE' && i.ParticipantRole === 'SYSTEM');
  assert.equal(prompt.DisplayName, 'SYSTEM_MESSAGE');
});

test('G3 a plain message carries no metadata on the socket and does in the transcript', async (t) => {
  const { pushed, stored } = await everything(t);
  for (const item of pushed.filter((i) => i.Type === 'MESSAGE')) assert.ok(!('MessageMetadata' in item), JSON.stringify(item));
  for (const item of stored.filter((i) => i.Type === 'MESSAGE')) {
    assert.equal(item.MessageMetadata.MessageId, item.Id);
    assert.ok(Array.isArray(item.MessageMetadata.Receipts));
  }
});

test('G4 joined, left and ended have no content', async (t) => {
  const { pushed } = await everything(t);
  for (const item of pushed.filter((i) => [type.joined, type.left, type.ended].includes(i.ContentType))) {
    assert.ok(!('Content' in item), JSON.stringify(item));
  }
});

test('G5 the end has no author', async (t) => {
  const { pushed } = await everything(t);
  const end = pushed.find((i) => i.ContentType === type.ended);
  assert.equal(end.Type, 'EVENT');
  for (const key of ['ParticipantId', 'DisplayName', 'ParticipantRole']) assert.ok(!(key in end), key);
});

test('G6 the customer joining is the first item', async (t) => {
  const ada = await customer(t, server, { ParticipantDetails: { DisplayName: 'Zoë' } });
  await ada.socket.item((i) => i.ParticipantRole === 'SYSTEM');
  const [first] = ada.socket.items;
  assert.equal(first.ContentType, type.joined);
  assert.equal(first.ParticipantRole, 'CUSTOMER');
  assert.equal(first.ParticipantId, ada.participantId);
  assert.equal(first.DisplayName, 'Zoë');
});

test('G7 the customer sees the agent join, once it has accepted', async (t) => {
  const { ada, agent } = await conversation(t, server);
  const joined = await ada.socket.item((i) => i.ContentType === type.joined && i.ParticipantRole === 'AGENT');
  assert.equal(joined.ParticipantId, agent.participantId);
});

test('G20 times sort as text, and every item has its own', async (t) => {
  const { pushed } = await everything(t);
  const times = pushed.filter((i) => i.Type !== 'MESSAGEMETADATA').map((i) => i.AbsoluteTime);
  assert.deepEqual(times, [...times].sort());
});

test('an initial message is the customer\'s, right after joining', async (t) => {
  const ada = await customer(t, server, { InitialMessage: { ContentType: type.text, Content: 'I need a hand' } });
  const item = await ada.socket.message('I need a hand');
  assert.equal(item.ParticipantRole, 'CUSTOMER');
  assert.equal(item.ParticipantId, ada.participantId);
  assert.deepEqual((await transcript(server, ada.token)).Transcript.slice(0, 2).map((i) => i.Content ?? i.ContentType), [type.joined, 'I need a hand']);
});

test('an agent who leaves is seen to leave', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  await ana.do('DestroyConnection', { contactId: ada.contactId, connectionId: agent.participantId });
  const left = await ada.socket.item((i) => i.ContentType === type.left && i.ParticipantRole === 'AGENT');
  assert.equal(left.ParticipantId, agent.participantId);
});
