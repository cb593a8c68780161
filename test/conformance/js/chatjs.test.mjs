// Sections E and J: ChatJS as npm has it, in real Chromium, on a page of another origin.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { StopContactCommand } from '@aws-sdk/client-connect';
import { startBrowser } from '../../lib/browser.mjs';
import { agent, clientToken, start } from '../../lib/chat.mjs';
import { startProxy } from '../../lib/proxy.mjs';
import { connect } from '../../lib/sdk.mjs';
import { startServer } from '../../lib/server.mjs';
import { undo } from '../../lib/undo.mjs';
import { connection, eventually, ok, participant, patience, transcript, type } from '../../lib/wire.mjs';

const server = await startServer();
const browser = await startBrowser(server);
const control = connect(server);

const stop = (contactId) => control.send(new StopContactCommand({ InstanceId: server.instanceId, ContactId: contactId }));

/** A chat that is over after its test, whatever the page did with it. */
async function chatFor(t, body) {
  const chat = await start(server, body);
  undo(t, () => stop(chat.ContactId).catch(() => {}));
  return chat;
}

/** Waits until a session's socket is up, which connect() does not. */
const live = (page, name) => page.reported(name, (e) => e.event === 'onConnectionEstablished' && e.hasData);

/** Fails when the session reported something that a healthy one never does. */
async function healthy(page, name, allowed = []) {
  const bad = (await page.events(name)).filter((e) => ['onConnectionLost', 'onConnectionBroken'].includes(e.event) && !allowed.includes(e.event));
  assert.deepEqual(bad, []);
}

const count = (items, content) => items.filter((i) => i.Content === content).length;

test('J1 E1 I11 a customer connects, and everything a chat needs works across origins', async (t) => {
  const page = await browser.page(t);
  const outcome = await page.connect('ada', await chatFor(t));
  assert.equal(outcome.value?.connectSuccess, true, JSON.stringify(outcome));
  await live(page, 'ada');
  const established = await page.events('ada', 'onConnectionEstablished');
  assert.deepEqual(established.map((e) => e.hasData), [false, true]);

  const sent = await page.say('ada', 'hello');
  const heard = await page.heard('ada', 'hello');
  assert.equal(heard.data.Id, sent.data.Id);
  await page.call('ada', 'sendEvent', { contentType: type.typing });
  const { data } = await page.call('ada', 'getTranscript', {});
  assert.equal(data.Transcript.find((i) => i.Content === 'hello').Id, sent.data.Id);
  await page.call('ada', 'disconnectParticipant');
  await page.reported('ada', (e) => e.event === 'onEnded');
  await healthy(page, 'ada');
  assert.deepEqual(page.complaints, []);
});

test('J11 the end that a customer asks for is reported, once', async (t) => {
  const page = await browser.page(t);
  await page.connect('ada', await chatFor(t));
  await live(page, 'ada');
  await page.call('ada', 'disconnectParticipant');
  await page.reported('ada', (e) => e.event === 'onEnded');
  await page.reported('ada', (e) => e.event === 'onMessage' && e.data?.ContentType?.endsWith('chat.ended'));
  assert.equal((await page.events('ada', 'onEnded')).length, 1);
});

test('A31 the greeting reaches a page that only listens', async (t) => {
  const page = await browser.page(t);
  await page.connect('ada', await chatFor(t));
  await page.reported('ada', (e) => e.event === 'onMessage' && e.data?.ParticipantRole === 'SYSTEM' && e.data.Type === 'MESSAGE');
});

test('E4 a refusal reaches the page with its name and status', async (t) => {
  const page = await browser.page(t);
  const chat = await chatFor(t);
  await stop(chat.ContactId);
  const { rejected } = await page.connect('ada', chat);
  assert.equal(rejected.connectSuccess, false);
  assert.equal(rejected._debug._debug.type, 'AccessDeniedException');
  assert.equal(rejected._debug._debug.statusCode, 403);
});

test('E4 so does the refusal of a message', async (t) => {
  const page = await browser.page(t);
  await page.connect('ada', await chatFor(t));
  await live(page, 'ada');
  const { rejected } = await page.attempt('ada', 'sendMessage', { contentType: 'text/plain', message: 'x'.repeat(1025) });
  assert.equal(rejected.type, 'ValidationException');
  assert.equal(rejected.statusCode, 400);
});

test('E8 a page may read the error headers', async (t) => {
  const page = await browser.page(t);
  const headers = await page.page.evaluate(async (url) => {
    const response = await fetch(url, { method: 'POST', headers: { 'X-Amz-Bearer': 'nonsense' }, body: '{}' });
    return ['x-amzn-ErrorType', 'x-amzn-RequestId'].map((name) => response.headers.get(name));
  }, `${server.url}/participant/transcript`);
  assert.equal(headers[0], 'AccessDeniedException');
  assert.match(headers[1], /^[0-9a-f-]{36}$/);
});

test('J4 J5 a chat that ended while the line was down ends cleanly, after one question', async (t) => {
  const page = await browser.page(t);
  const line = await startProxy(t, server);
  const chat = await chatFor(t);
  await page.connect('ada', chat, { endpoint: line.url });
  await live(page, 'ada');
  let release;
  line.hold = new Promise((resolve) => (release = resolve));
  const asked = line.connections.length;
  line.cut();
  await page.reported('ada', (e) => e.event === 'onConnectionLost');
  await stop(chat.ContactId);
  release();
  await page.reported('ada', (e) => e.event === 'onMessage' && e.data?.ContentType?.endsWith('chat.ended'));
  await page.reported('ada', (e) => e.event === 'onEnded');
  await sleep(1000);
  assert.deepEqual(line.connections.slice(asked), [403]);
  await healthy(page, 'ada', ['onConnectionLost']);
});

test('a line that was cut comes back by itself, and nothing is lost', async (t) => {
  const page = await browser.page(t);
  const line = await startProxy(t, server);
  const chat = await chatFor(t);
  await page.connect('ada', chat, { endpoint: line.url });
  await live(page, 'ada');
  const other = await connection(server, chat.ParticipantToken);
  line.cut();
  await ok(participant(server, 'message', other.token, { ContentType: type.text, Content: 'while away' }));
  await eventually(async () => assert.equal((await page.events('ada', 'onConnectionEstablished')).length, 3));
  await eventually(() => assert.equal(line.open(), 1));
  await page.say('ada', 'back');
  await page.heard('ada', 'back');
  const { data } = await page.call('ada', 'getTranscript', { maxResults: 100 });
  assert.equal(count(data.Transcript, 'while away'), 1);
  assert.equal((await page.events('ada', 'onConnectionLost')).length, 1);
  await healthy(page, 'ada', ['onConnectionLost']);
});

test('J6 renewal replaces the socket without an event, a gap or a repeat', async (t) => {
  // ChatJS renews after 3540 s, a fixed number; in this page that long a timer takes two seconds.
  const page = await browser.page(t, () => {
    const real = window.setTimeout;
    window.setTimeout = (f, ms, ...rest) => real(f, ms === 3_540_000 ? 2000 : ms, ...rest);
  });
  const line = await startProxy(t, server);
  await page.connect('ada', await chatFor(t), { endpoint: line.url });
  await live(page, 'ada');
  const said = [];
  const say = async () => {
    said.push(`message ${said.length}`);
    await page.say('ada', said.at(-1));
  };
  await eventually(async () => {
    await say();
    assert.equal(line.sockets[0].code, 1000, 'the first socket is not closed');
    assert.ok(line.sockets.length >= 2, 'there was no second socket');
  });
  for (let n = 0; n < 10; n++) await say();
  await page.heard('ada', said.at(-1));
  const heard = (await page.events('ada', 'onMessage')).map((e) => e.data.Content).filter((c) => c?.startsWith('message '));
  assert.deepEqual(heard, said);
  assert.equal((await page.events('ada', 'onConnectionEstablished')).length, 2);
  await healthy(page, 'ada');
});

test('J7 unanswered heartbeats bring a second socket and no event', async (t) => {
  const page = await browser.page(t);
  const line = await startProxy(t, server);
  await page.connect('ada', await chatFor(t), { endpoint: line.url });
  await live(page, 'ada');
  line.swallowsHeartbeats = true;
  await eventually(() => assert.ok(line.sockets.length >= 2, 'there was no second socket'), 2 * patience); // ChatJS gives up on a line after twenty seconds
  line.swallowsHeartbeats = false;
  await page.say('ada', 'after');
  await page.heard('ada', 'after');
  await healthy(page, 'ada');
});

test('F4 J10 an idle hour asks for a handful of connections', async (t) => {
  // The page's clock runs ahead of the line, which is real: after each step the page waits for what it is owed.
  const page = await browser.page(t, () => {
    const asked = window.fetch;
    const sockets = [];
    const asks = (data) => /aws\/(heartbeat|subscribe)/.test(String(data));
    const owes = (s) => ({ [WebSocket.CONNECTING]: 1, [WebSocket.OPEN]: s.owed })[s.readyState] ?? 0; // one that closes owes nothing
    let requests = 0;
    window.beats = 0;
    window.owed = () => sockets.reduce((sum, s) => sum + owes(s), requests);
    window.fetch = (...request) => {
      requests++;
      return asked(...request).finally(() => requests--);
    };
    window.WebSocket = class extends WebSocket {
      constructor(...address) {
        super(...address);
        this.owed = 0;
        sockets.push(this);
        this.addEventListener('message', (e) => asks(e.data) && this.owed--);
      }

      send(data) {
        if (asks(data)) this.owed++;
        if (String(data).includes('aws/heartbeat')) window.beats++;
        super.send(data);
      }
    };
  });
  const line = await startProxy(t, server);
  await page.page.clock.install();
  await page.connect('ada', await chatFor(t), { endpoint: line.url });
  await live(page, 'ada');
  const paid = (seconds) => eventually(async () => {
    for (let again = 0; again < 2; again++) { // an answer may bring the next question
      assert.equal(await page.page.evaluate(() => window.owed()), 0, `at ${seconds} s the line owes something`);
      await sleep(10);
    }
  });
  await paid(0);
  for (let seconds = 10; seconds <= 3600; seconds += 10) {
    await page.page.clock.runFor(10_000);
    await paid(seconds);
  }
  assert.ok((await page.page.evaluate(() => window.beats)) > 300, 'there was no heartbeat every ten seconds');
  assert.ok(line.connections.length >= 2, 'there was no renewal, so the hour did not pass');
  assert.ok(line.connections.length <= 5, `${line.connections.length} connections`);
  assert.ok(line.sockets.length <= 3, `${line.sockets.length} sockets`);
  await healthy(page, 'ada');
});

test('J8 two tabs with one token both hear everything, once', async (t) => {
  const chat = await chatFor(t);
  const tabs = [await browser.page(t), await browser.page(t)];
  for (const tab of tabs) {
    await tab.connect('ada', chat);
    await live(tab, 'ada');
  }
  await tabs[0].say('ada', 'from the first');
  await tabs[1].say('ada', 'from the second');
  for (const tab of tabs) {
    await tab.heard('ada', 'from the first');
    await tab.heard('ada', 'from the second');
    const heard = (await tab.events('ada', 'onMessage')).map((e) => e.data);
    for (const content of ['from the first', 'from the second']) assert.equal(count(heard, content), 1);
    await healthy(tab, 'ada');
  }
});

test('J9 a reloaded page is the same participant with the whole history', async (t) => {
  const chat = await chatFor(t);
  const page = await browser.page(t);
  await page.connect('ada', chat);
  await live(page, 'ada');
  await page.say('ada', 'before');
  await page.page.reload();
  await page.connect('ada', chat);
  await live(page, 'ada');
  await page.say('ada', 'after');
  const { data } = await page.call('ada', 'getTranscript', { maxResults: 100 });
  const mine = data.Transcript.filter((i) => i.Type === 'MESSAGE' && i.ParticipantRole === 'CUSTOMER');
  assert.deepEqual(mine.map((i) => i.Content), ['before', 'after']);
  for (const item of mine) assert.equal(item.ParticipantId, chat.ParticipantId);
  assert.equal(data.Transcript.filter((i) => i.ContentType === type.joined).length, 1, 'the reload counted as joining again');
  assert.ok(!data.Transcript.some((i) => i.ContentType === type.left), 'the reload counted as leaving');
});

test('J16 a connection that is held for five seconds is still a connection', async (t) => {
  const page = await browser.page(t);
  const line = await startProxy(t, server);
  await page.connect('ada', await chatFor(t), { endpoint: line.url });
  await live(page, 'ada');
  line.hold = 5000;
  line.cut();
  await eventually(async () => assert.equal((await page.events('ada', 'onConnectionEstablished')).length, 3));
  await page.say('ada', 'back');
  await page.heard('ada', 'back');
  await healthy(page, 'ada', ['onConnectionLost']);
});

test('J18 a message whose answer was lost is said once, however often it is tried', async (t) => {
  const page = await browser.page(t);
  const line = await startProxy(t, server);
  await page.connect('ada', await chatFor(t), { endpoint: line.url });
  await live(page, 'ada');
  const message = { contentType: 'text/plain', message: 'only once', clientToken: clientToken() };
  line.loses = (path) => path === '/participant/message';
  const { rejected } = await page.attempt('ada', 'sendMessage', message);
  assert.ok(rejected !== undefined, 'the answer was not lost');
  line.loses = () => false;
  const sent = await page.call('ada', 'sendMessage', message);
  const { data } = await page.call('ada', 'getTranscript', { maxResults: 100 });
  assert.equal(count(data.Transcript, 'only once'), 1);
  assert.equal(data.Transcript.find((i) => i.Content === 'only once').Id, sent.data.Id);
});

test('J19 a chat does not need the telemetry host', async (t) => {
  const page = await browser.page(t);
  await page.connect('ada', await chatFor(t), { disableCSM: false });
  await live(page, 'ada');
  await page.say('ada', 'hello');
  await page.heard('ada', 'hello');
  await healthy(page, 'ada');
});

test('J20 a transcript kept by ChatJS has every item once after a reconnect', async (t) => {
  const page = await browser.page(t);
  const line = await startProxy(t, server);
  await page.connect('ada', await chatFor(t), { endpoint: line.url, transcript: true });
  await live(page, 'ada');
  await page.say('ada', 'first');
  await page.heard('ada', 'first');
  line.cut();
  await eventually(async () => assert.equal((await page.events('ada', 'onConnectionEstablished')).length, 3));
  await page.say('ada', 'second');
  await page.heard('ada', 'second');
  await eventually(async () => {
    const last = (await page.events('ada', 'onTranscriptUpdated')).at(-1).data;
    const items = last.transcript ?? last.Transcript ?? last;
    const ids = items.map((i) => i.Id ?? i.id);
    assert.equal(new Set(ids).size, ids.length, 'an item is there twice');
    assert.ok(JSON.stringify(items).includes('first') && JSON.stringify(items).includes('second'));
  });
});

/** A customer in one page and an agent in another, both on ChatJS. */
async function bothSides(t) {
  const ana = await agent(t, server);
  const chat = await chatFor(t);
  const customerPage = await browser.page(t);
  await customerPage.connect('ada', chat);
  await live(customerPage, 'ada');
  const mine = await ana.accept(chat.ContactId);
  const { webSocketTransport } = await ana.do('CreateTransport', { transportType: 'web_socket' });
  const { chatTokenTransport } = await ana.do('CreateTransport', { transportType: 'chat_token', contactId: chat.ContactId, participantId: mine.participantId });
  const { ConnectionAuthenticationToken } = JSON.parse(mine.contact.connections.find((c) => c.type === 'agent').chatMediaInfo.connectionData);
  const agentPage = await browser.page(t);
  const details = { contactId: chat.ContactId, participantId: mine.participantId, participantToken: ConnectionAuthenticationToken };
  const outcome = await agentPage.connectAgent('ana', details, webSocketTransport.url, chatTokenTransport);
  assert.equal(outcome.value?.connectSuccess, true, JSON.stringify(outcome));
  await live(agentPage, 'ana');
  return { ana, chat, mine, customerPage, agentPage };
}

test('an agent session of ChatJS talks on the agent\'s own socket', async (t) => {
  const { chat, mine, customerPage, agentPage } = await bothSides(t);
  await agentPage.say('ana', 'how can I help?');
  const heard = await customerPage.heard('ada', 'how can I help?');
  assert.equal(heard.data.ParticipantRole, 'AGENT');
  assert.equal(heard.data.ParticipantId, mine.participantId);
  await customerPage.say('ada', 'hello');
  assert.equal((await agentPage.heard('ana', 'hello')).data.ContactId, chat.ContactId);
  await agentPage.call('ana', 'sendEvent', { contentType: type.typing });
  await customerPage.reported('ada', (e) => e.event === 'onTyping' && e.data.ParticipantRole === 'AGENT');
  await customerPage.call('ada', 'sendEvent', { contentType: type.typing });
  await agentPage.reported('ana', (e) => e.event === 'onTyping' && e.data.ParticipantRole === 'CUSTOMER');
  const { data } = await agentPage.call('ana', 'getTranscript', { maxResults: 100 });
  assert.equal(count(data.Transcript, 'hello'), 1);
  assert.deepEqual(agentPage.complaints, []);
  await customerPage.call('ada', 'disconnectParticipant');
  await agentPage.reported('ana', (e) => e.event === 'onEnded');
});

test('C9 a read mark reaches the writer once and never the reader', async (t) => {
  const { customerPage, agentPage } = await bothSides(t);
  const sent = await customerPage.say('ada', 'have you read this?');
  await agentPage.heard('ana', 'have you read this?');
  await agentPage.call('ana', 'sendEvent', { contentType: type.read, content: JSON.stringify({ messageId: sent.data.Id }) });
  const mark = await customerPage.reported('ada', (e) => e.event === 'onReadReceipt');
  assert.equal(mark.data.MessageMetadata.MessageId, sent.data.Id);
  await sleep(500);
  assert.equal((await customerPage.events('ada', 'onReadReceipt')).length, 1);
  assert.equal((await agentPage.events('ana', 'onReadReceipt')).length, 0);
});

test('C3 C9 each of two read marks sent by ChatJS arrives', async (t) => {
  const { chat, customerPage, agentPage } = await bothSides(t);
  for (const words of ['one', 'two']) {
    const sent = await customerPage.say('ada', words);
    await agentPage.heard('ana', words);
    await agentPage.call('ana', 'sendEvent', { contentType: type.read, content: JSON.stringify({ messageId: sent.data.Id, disableThrottle: true }) });
    await customerPage.reported('ada', new Function('e', `return e.event === 'onReadReceipt' && e.data.MessageMetadata.MessageId === '${sent.data.Id}'`));
  }
  const { token } = await connection(server, chat.ParticipantToken);
  const { Transcript } = await transcript(server, token);
  for (const words of ['one', 'two']) assert.ok(Transcript.find((i) => i.Content === words).MessageMetadata.Receipts[0].ReadTimestamp);
});
