// Section B: reading transcripts, page by page and from a position.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { conversation, customer, start } from '../../lib/chat.mjs';
import { startServer } from '../../lib/server.mjs';
import { connection, eventually, ok, participant, refused, sendEvent, Socket, transcript, type } from '../../lib/wire.mjs';

const server = await startServer();
const ids = (page) => page.Transcript.map((i) => i.Id);
const more = (page) => page.NextToken ?? null;

/** What ChatJS asks for when its caller asks for nothing. */
const chatJs = { MaxResults: 15, ScanDirection: 'BACKWARD', SortOrder: 'ASCENDING', StartPosition: {} };

// One chat of exactly 40 items for all reading tests; its customer says nothing more.
let token;
let all;

before(async () => {
  const chat = await start(server);
  const c = await connection(server, chat.ParticipantToken);
  token = c.token;
  const socket = await Socket.subscribed(c.url);
  await socket.item((i) => i.ParticipantRole === 'SYSTEM');
  // The flow may say more than one thing; what it says settles before we count.
  let count = -1;
  await eventually(async () => {
    const now = (await transcript(server, token)).Transcript.length;
    const settled = now === count;
    count = now;
    await socket.settled();
    assert.ok(settled, 'the flow is still talking');
  });
  for (let n = count + 1; n <= 40; n++) {
    await ok(participant(server, 'message', token, { ContentType: type.text, Content: `message ${n}` }));
  }
  all = ids(await transcript(server, token));
  assert.equal(all.length, 40);
  socket.close();
});

test('B1 the default call of ChatJS answers the newest 15, ascending, and a token for more', async () => {
  const page = await ok(participant(server, 'transcript', token, chatJs));
  assert.deepEqual(ids(page), all.slice(-15));
  assert.equal(typeof page.NextToken, 'string');
  assert.ok(page.NextToken.length >= 1 && page.NextToken.length <= 1000);
});

test('B2 B3 the pages follow each other without gap or overlap, and the last has no token', async () => {
  const pages = [];
  let NextToken;
  do {
    const page = await ok(participant(server, 'transcript', token, { ...chatJs, ...(NextToken ? { NextToken } : {}) }));
    pages.push(ids(page));
    NextToken = more(page);
  } while (NextToken !== null && pages.length < 10);
  assert.deepEqual(pages, [all.slice(25), all.slice(10, 25), all.slice(0, 10)]);
});

test('B3 a page that ends exactly at the beginning has no token', async () => {
  const page = await ok(participant(server, 'transcript', token, { ...chatJs, MaxResults: 40 }));
  assert.deepEqual(ids(page), all);
  assert.equal(more(page), null);
});

test('B4 descending order turns the same window round', async () => {
  const page = await ok(participant(server, 'transcript', token, { ...chatJs, SortOrder: 'DESCENDING' }));
  assert.deepEqual(ids(page), all.slice(-15).reverse());
});

test('B5 without MaxResults there are 10 items, and without an order they descend', async () => {
  assert.deepEqual(ids(await ok(participant(server, 'transcript', token, {}))), all.slice(-10).reverse());
  assert.equal((await ok(participant(server, 'transcript', token, { MaxResults: 0 }))).Transcript.length, 10);
});

test('B6 more than 100 items at once are refused', async () => {
  refused(await participant(server, 'transcript', token, { MaxResults: 101 }), 400, 'ValidationException');
});

const forward = { ScanDirection: 'FORWARD', SortOrder: 'ASCENDING', MaxResults: 100 };

test('B7 forward from an item begins with that item', async () => {
  const page = await transcript(server, token, { ...forward, StartPosition: { Id: all[20] } });
  assert.deepEqual(ids(page), all.slice(20));
  assert.equal(more(page), null);
});

test('B7 forward page by page ends without a token', async () => {
  const got = [];
  let NextToken;
  do {
    const page = await transcript(server, token, { ...forward, MaxResults: 7, StartPosition: { Id: all[20] }, ...(NextToken ? { NextToken } : {}) });
    got.push(...ids(page));
    NextToken = more(page);
  } while (NextToken !== null && got.length < 60);
  assert.deepEqual(got, all.slice(20));
});

test('B7 the direction is forward where a position is given and none is named', async () => {
  const page = await ok(participant(server, 'transcript', token, { SortOrder: 'ASCENDING', MaxResults: 100, StartPosition: { Id: all[35] } }));
  assert.deepEqual(ids(page), all.slice(35));
});

test('B8 forward from the last item is exactly that item', async () => {
  const page = await transcript(server, token, { ...forward, StartPosition: { Id: all[39] } });
  assert.deepEqual(ids(page), [all[39]]);
  assert.equal(more(page), null);
});

test('B9 an unknown position is an empty page, not an error', async () => {
  const page = await transcript(server, token, { ...forward, StartPosition: { Id: '00000000-0000-4000-8000-000000000000' } });
  assert.deepEqual(page.Transcript, []);
  assert.equal(more(page), null);
});

test('B10 the Id of a typing event is a moment to go on from, or nothing, never an error', async (t) => {
  const ada = await customer(t, server);
  await ada.send('before');
  await sleep(2); // a moment is a millisecond, and this message is of another
  const { Id } = await ok(sendEvent(server, ada.token, type.typing));
  await ada.send('after');
  const page = await transcript(server, ada.token, { ...forward, StartPosition: { Id } });
  const said = page.Transcript.map((i) => i.Content);
  assert.ok(said.length === 0 || (said.at(-1) === 'after' && !said.includes('before')), said.join());
});

test('positions by time and by count', async () => {
  const { Transcript } = await transcript(server, token);
  const at = Transcript[30].AbsoluteTime;
  const from = await transcript(server, token, { ...forward, StartPosition: { AbsoluteTime: at } });
  assert.deepEqual(ids(from), Transcript.filter((i) => i.AbsoluteTime >= at).map((i) => i.Id));
  const back = await transcript(server, token, { StartPosition: { AbsoluteTime: at } });
  assert.deepEqual(ids(back), Transcript.filter((i) => i.AbsoluteTime <= at).map((i) => i.Id));
  const recent = await transcript(server, token, { ...forward, StartPosition: { MostRecent: 3 } });
  assert.deepEqual(ids(recent), all.slice(-3));
});

test('B11 a token taken before new messages still leads to the same older items', async (t) => {
  const ada = await customer(t, server);
  for (let n = 1; n <= 20; n++) await ada.send(`n${n}`);
  const first = await ok(participant(server, 'transcript', ada.token, { ...chatJs, MaxResults: 5 }));
  const older = await ok(participant(server, 'transcript', ada.token, { ...chatJs, MaxResults: 5, NextToken: first.NextToken }));
  for (let n = 21; n <= 25; n++) await ada.send(`n${n}`);
  const again = await ok(participant(server, 'transcript', ada.token, { ...chatJs, MaxResults: 5, NextToken: first.NextToken }));
  assert.deepEqual(ids(again), ids(older));
  assert.deepEqual(older.Transcript.map((i) => i.Content), ['n11', 'n12', 'n13', 'n14', 'n15']);
});

test('B12 a garbage token is refused', async () => {
  refused(await participant(server, 'transcript', token, { NextToken: 'nonsense' }), 400, 'ValidationException');
});

test('B13 a transcript holds what was said and who came and went, and nothing that passed', async (t) => {
  const { ada, ana, agent } = await conversation(t, server);
  const said = await ada.send('hello');
  await ok(sendEvent(server, ada.token, type.typing));
  await ok(sendEvent(server, agent.token, type.read, JSON.stringify({ messageId: said.Id })));
  await ada.socket.item((i) => i.Type === 'MESSAGEMETADATA');
  await ok(participant(server, 'disconnect', ada.token, {}));
  await ana.socket.event(type.ended);
  const { Transcript } = await transcript(server, agent.token); // an agent reads on in after-contact work
  const kinds = Transcript.map((i) => `${i.ParticipantRole ?? '-'} ${i.ContentType}`);
  for (const kind of [`CUSTOMER ${type.joined}`, `AGENT ${type.joined}`, `CUSTOMER ${type.text}`, `CUSTOMER ${type.left}`, `- ${type.ended}`]) {
    assert.ok(kinds.includes(kind), `${kind} is missing from ${kinds.join(', ')}`);
  }
  assert.equal(kinds.at(-1), `- ${type.ended}`);
  assert.ok(Transcript.every((i) => ['MESSAGE', 'EVENT', 'ATTACHMENT'].includes(i.Type)));
  for (const passing of [type.typing, type.read, type.delivered, type.metadata, type.acknowledged]) {
    assert.ok(!Transcript.some((i) => i.ContentType === passing), `${passing} was stored`);
  }
});

test('B14 a message that was read carries its receipt', async (t) => {
  const { ada, agent } = await conversation(t, server);
  const said = await ada.send('hello');
  await ok(sendEvent(server, agent.token, type.read, JSON.stringify({ messageId: said.Id })));
  const { Transcript } = await transcript(server, ada.token);
  const { MessageMetadata } = Transcript.find((i) => i.Id === said.Id);
  assert.equal(MessageMetadata.MessageId, said.Id);
  assert.ok(MessageMetadata.Receipts[0].ReadTimestamp);
  assert.equal(MessageMetadata.Receipts[0].RecipientParticipantId, agent.participantId);
});

test('B15 items carry their contact, and only the page carries the initial one', async (t) => {
  const ada = await customer(t, server);
  await ada.send('hello');
  const page = await transcript(server, ada.token);
  assert.equal(page.InitialContactId, ada.contactId);
  for (const item of page.Transcript) {
    assert.equal(item.ContactId, ada.contactId);
    assert.ok(!('InitialContactId' in item));
  }
});

test('B17 a message that was acknowledged is in the next page', async (t) => {
  const ada = await customer(t, server);
  for (let n = 0; n < 20; n++) {
    const { Id } = await ada.send(`message ${n}`);
    const page = await ok(participant(server, 'transcript', ada.token, { MaxResults: 1 }));
    assert.deepEqual(ids(page), [Id]);
  }
});

test('B18 items of one millisecond stand in the order in which they were pushed', async (t) => {
  const ada = await customer(t, server);
  await Promise.all(Array.from({ length: 50 }, (_, n) => ada.send(`message ${n}`)));
  await ada.socket.settled();
  const pushed = ada.socket.items.map((i) => i.Id);
  const stored = ids(await transcript(server, ada.token));
  assert.deepEqual(stored, pushed);
});

test('B20 the contact filter limits to one contact of the chain', async (t) => {
  const ada = await customer(t, server);
  await ada.send('hello');
  const page = await transcript(server, ada.token, { ContactId: ada.contactId });
  assert.deepEqual(ids(page), ids(await transcript(server, ada.token)));
});
