// The desk against a real server, used as agents use it: by mouse, by keyboard
// alone, in two tabs, and through what happens to networks and sessions.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../lib/browser.mjs';
import { agent, customer } from '../lib/chat.mjs';
import { faults, still } from '../lib/faults.mjs';
import { startServer } from '../lib/server.mjs';
import { watchTasks, within } from '../lib/speed.mjs';
import { undo } from '../lib/undo.mjs';
import { becomes, connection, eventually, ok, post, send, sendEvent, Socket, type } from '../lib/wire.mjs';

const server = await startServer();

/** Where Ana serves one queue and Ben another. */
const errors = (...kinds) => [...kinds, 'NoMatchingError'].map((ErrorType) => ({ ErrorType, NextAction: 'end' }));
const toSales = {
  Version: '2019-10-30',
  StartAction: 'queue',
  Actions: [
    { Identifier: 'queue', Type: 'UpdateContactTargetQueue', Parameters: { QueueId: '${queue:Sales}' }, Transitions: { NextAction: 'wait', Errors: errors() } },
    { Identifier: 'wait', Type: 'TransferContactToQueue', Parameters: {}, Transitions: { NextAction: 'end', Errors: errors('QueueAtCapacity') } },
    { Identifier: 'end', Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} },
  ],
};
const twoQueues = `
instance: {default_flow: To sales}
queues: [{name: Sales}, {name: Support, quick_connects: [Back to Sales]}]
quick_connects: [{name: Back to Sales, queue: Sales}]
routing_profiles:
  - {name: Sellers, chat_concurrency: 3, queues: [{queue: Sales}]}
  - {name: Supporters, chat_concurrency: 3, queues: [{queue: Support}]}
users:
  - {username: ana, password: ana-rings-twice, routing_profile: Sellers, supervisor: true}
  - {username: ben, password: ben-rings-twice, routing_profile: Supporters}
flows:
  - name: To sales
    content: '${JSON.stringify(toSales)}'
`;
const elsewhere = await startServer(undefined, { seed: twoQueues });
elsewhere.agents = ['ana', 'ben'].map((username) => ({ username, password: `${username}-rings-twice` }));

const browser = await startBrowser();
const door = (path, body = {}) => ok(post(`${server.url}/_bellpull/${path}`, body));

/** What a browser's console may say of requests that a test made fail. */
const expected = /Failed to load resource|WebSocket connection/;

/** Opens the desk in a browser profile of its own, of an empty server. */
async function open(t, options = {}) {
  await door('reset');
  const context = await browser.context(t, { viewport: { width: 1400, height: 860 }, locale: 'en-GB', ...options });
  return tab(t, context);
}

/** Opens another tab of the same profile. */
async function tab(t, context, path = '/desk/') {
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !expected.test(m.text()) && complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(String(e)));
  undo(t, () => assert.deepEqual(complaints, []));
  await page.goto(server.url + path);
  return page;
}

/** A desk whose agent is signed in and takes chats. */
async function working(t, options) {
  const page = await open(t, options);
  await page.getByRole('button', { name: 'ana', exact: true }).click();
  await available(page);
  return page;
}

async function available(page) {
  await page.getByRole('button', { name: /^Status:/ }).click();
  await page.getByRole('menuitem', { name: /^Available/ }).click();
  await page.getByRole('button', { name: 'Status: Available' }).waitFor();
  const notNow = page.getByRole('button', { name: 'Not now' });
  if (await notNow.isVisible()) await notNow.click();
}

/** A customer who understands markdown. */
const visitor = (t, name, more = {}) =>
  customer(t, server, { ParticipantDetails: { DisplayName: name }, SupportedMessagingContentTypes: ['text/plain', 'text/markdown'], ...more });

/** A customer whose chat the agent of the page has accepted. */
async function talking(t, page, name = 'Ada', more = {}) {
  const c = await visitor(t, name, more);
  await page.getByRole('article', { name: `Incoming chat from ${name}` }).getByRole('button', { name: 'Accept' }).click();
  await box(page, name).waitFor();
  return c;
}

const pane = (page, name) => page.getByRole('region', { name: `Chat with ${name}` });
const box = (page, name) => page.getByRole('textbox', { name: `Message to ${name}` });
const lines = (page, name) => page.getByRole('log', { name: `Messages with ${name}` });
const row = (page, name) => page.getByRole('navigation', { name: 'Chats' }).getByRole('button', { name: new RegExp(name) });
const sees = (page, name, words) => lines(page, name).getByText(words, { exact: true }).waitFor();

async function say(page, name, words) {
  await box(page, name).fill(words);
  await box(page, name).press('Enter');
}

test('a day at the desk, by mouse', async (t) => {
  const page = await working(t);
  const ada = await visitor(t, 'Ada', { Attributes: { order: '20931' } });
  await ada.send('Where is my parcel?');

  const offer = page.getByRole('article', { name: 'Incoming chat from Ada' });
  await offer.getByText('BasicQueue').waitFor();
  const left = async () => Number((await offer.getByRole('timer', { name: /Time left/ }).getAttribute('aria-label')).match(/\d+/)[0]);
  const first = await left();
  assert.ok(first > 0 && first <= 120, `${first} s`);
  await eventually(async () => assert.ok((await left()) < first));
  await becomes(() => page.title(), '(1) Bellpull desk');
  await offer.getByRole('button', { name: 'Accept' }).click();

  await sees(page, 'Ada', 'Where is my parcel?');
  await page.getByRole('complementary', { name: 'Customer' }).getByText('20931').waitFor();
  await sendEvent(server, ada.token, type.typing);
  await pane(page, 'Ada').getByText('Ada is typing…').waitFor();
  await ada.send('It is *late*');
  await pane(page, 'Ada').getByText('Ada is typing…').waitFor({ state: 'detached' });

  await box(page, 'Ada').pressSequentially('one');
  await ada.socket.event(type.typing);
  await box(page, 'Ada').selectText();
  await page.getByRole('button', { name: 'Bold' }).click();
  await becomes(() => box(page, 'Ada').inputValue(), '**one**');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('region', { name: 'Preview of the message' }).locator('strong', { hasText: 'one' }).waitFor();
  await page.getByRole('button', { name: 'Write on' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const said = await ada.socket.message('**one**');
  assert.equal(said.ContentType, 'text/markdown');
  await lines(page, 'Ada').locator('strong', { hasText: 'one' }).waitFor();
  await sendEvent(server, ada.token, type.read, JSON.stringify({ messageId: said.Id }));
  await lines(page, 'Ada').getByText('Read', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Quick responses' }).click();
  await page.getByRole('option', { name: /Greeting/ }).click();
  await eventually(async () => assert.match(await box(page, 'Ada').inputValue(), /^Hello Ada, I am Ana\./));
  await box(page, 'Ada').press('Enter');

  await page.getByRole('button', { name: 'Change order' }).click();
  await page.getByLabel('order').fill('20932');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('complementary', { name: 'Customer' }).getByText('20932').waitFor();

  await page.getByRole('button', { name: 'More about the chat with Ada' }).click();
  await page.getByRole('menuitem', { name: /End the chat/ }).click();
  const asked = page.getByRole('alertdialog');
  await asked.getByRole('button', { name: 'Go on talking' }).click();
  await page.getByRole('button', { name: 'More about the chat with Ada' }).click();
  await page.getByRole('menuitem', { name: /End the chat/ }).click();
  await asked.getByRole('button', { name: 'End chat' }).click();
  await pane(page, 'Ada').getByText('After-contact work', { exact: true }).waitFor();
  await row(page, 'Ada').getByText('After work').waitFor();
  await pane(page, 'Ada').getByRole('button', { name: 'Close contact' }).first().click();
  await page.getByText('Ready when they are').waitFor();

  await page.getByRole('link', { name: 'Past chats' }).click();
  await page.getByRole('searchbox', { name: 'Search by customer or contact id' }).fill('Ada');
  await page.getByRole('button', { name: 'Ada', exact: true }).click();
  await page.getByRole('dialog').getByText('Where is my parcel?').waitFor();
});

test('a day at the desk, by keyboard alone', async (t) => {
  const page = await open(t);
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  /** Waits until the focus is there. */
  const at = (locator) => becomes(() => locator.evaluate((el) => el === document.activeElement), true);
  await at(page.getByLabel('User name'));
  await page.keyboard.type('ana');
  await press('Tab');
  await page.keyboard.type('ana-rings-twice');
  await press('Enter');
  await page.getByText('You take no chats now').waitFor();
  await press('Control+Shift+V');
  await page.getByRole('button', { name: 'Status: Available' }).waitFor();

  const [ada, bob] = [await visitor(t, 'Ada'), await visitor(t, 'Bob')];
  await page.getByRole('article', { name: 'Incoming chat from Bob' }).waitFor();
  await press('F8');
  await box(page, 'Ada').waitFor();
  await page.getByRole('article', { name: 'Incoming chat from Ada' }).waitFor({ state: 'detached' });
  await press('F8');
  await box(page, 'Bob').waitFor();

  await press('Control+1'); // and writes at once
  await page.keyboard.type('first line');
  await press('Shift+Enter');
  await page.keyboard.type('second line');
  await press('Enter');
  await ada.socket.message('first line\nsecond line');

  await page.keyboard.type('/mom');
  await page.getByRole('option', { name: /One moment/ }).waitFor();
  await press('Enter');
  await eventually(async () => assert.match(await box(page, 'Ada').inputValue(), /^One moment please/));
  await press('Enter');
  await ada.socket.message('One moment please, I am looking it up.');

  await press('Control+ArrowDown');
  await page.keyboard.type('hello Bob');
  await press('Enter');
  await bob.socket.message('hello Bob');

  await press('Escape', 'e');
  const asked = page.getByRole('alertdialog');
  await at(asked.getByRole('button', { name: 'Go on talking' }));
  await press('Tab');
  await at(asked.getByRole('button', { name: 'End chat' }));
  await press('Enter');
  await pane(page, 'Bob').getByText('After-contact work', { exact: true }).waitFor();
  await press('x');
  await pane(page, 'Bob').waitFor({ state: 'detached' });

  await press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await press('Control+k');
  await at(page.getByPlaceholder('What do you want to do?'));
  await page.keyboard.type('past');
  await page.getByRole('option', { name: /Search past chats/ }).waitFor();
  await becomes(() => page.getByRole('option').count(), 1);
  await press('ArrowDown', 'Enter');
  await page.getByRole('heading', { name: 'Past chats' }).waitFor();
});

test('shortcuts can be changed and switched off', async (t) => {
  const page = await working(t);
  await talking(t, page);
  await page.goto(`${server.url}/desk/settings`);
  await page.getByRole('button', { name: /^Transfer the chat: t/ }).click();
  await page.keyboard.press('F2');
  await page.getByRole('button', { name: 'Transfer the chat: F2' }).waitFor();
  await page.keyboard.press('b');
  await box(page, 'Ada').focus();
  await page.keyboard.press('F2');
  await page.getByRole('dialog', { name: 'Transfer Ada' }).waitFor();
  await page.keyboard.press('Escape');
  await page.goto(`${server.url}/desk/settings`);
  await page.getByText('Keys that act wherever you are').click();
  await page.getByRole('link', { name: 'Chats', exact: true }).click();
  await pane(page, 'Ada').focus();
  await page.keyboard.press('F2');
  await page.keyboard.press('e');
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('a missed chat says so, is offered to others, and is cleared', async (t) => {
  const page = await working(t);
  await visitor(t, 'Ada');
  await page.getByRole('article', { name: 'Incoming chat from Ada' }).waitFor();
  await door('clock', { advance: '2m1s' });
  await pane(page, 'Ada').getByText('You missed this chat').waitFor();
  await row(page, 'Ada').getByText('Missed').waitFor();
  await pane(page, 'Ada').getByRole('button', { name: 'Clear contact' }).click();
  await row(page, 'Ada').waitFor({ state: 'detached' });
});

test('a declined chat is cleared the same way', async (t) => {
  const page = await working(t);
  await visitor(t, 'Ada');
  await page.getByRole('button', { name: 'Decline' }).click();
  await pane(page, 'Ada').getByText('You declined this chat').waitFor();
  await pane(page, 'Ada').getByRole('button', { name: 'Clear contact' }).click();
  await row(page, 'Ada').waitFor({ state: 'detached' });
});

test('a status that waits for the chats to be done shows, and is taken back', async (t) => {
  const page = await working(t);
  await talking(t, page);
  await page.getByRole('button', { name: /^Status:/ }).click();
  await page.getByRole('menuitem', { name: /^Break/ }).click();
  await page.getByText('Next: Break').waitFor();
  await page.getByRole('button', { name: 'Cancel Break as next status' }).click();
  await page.getByText('Next: Break').waitFor({ state: 'detached' });
});

test('a chat is handed on to a colleague', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  const ben = await agent(t, server, 'ben');
  await pane(page, 'Ada').getByRole('button', { name: 'Transfer' }).click();
  await page.getByRole('searchbox', { name: 'Search queues and colleagues' }).fill('be');
  await page.getByRole('option', { name: /ben/ }).click();
  await page.getByRole('button', { name: 'Transfer to ben' }).click();
  await eventually(async () => assert.equal((await ben.snapshot()).contacts.length, 1));
  const [contact] = (await ben.snapshot()).contacts;
  const place = await ben.accept(contact.contactId);
  await place.send('Ben here');
  await ada.socket.message('Ben here');
  await pane(page, 'Ada').getByText('After-contact work', { exact: true }).waitFor();
});

test('a chat of a queue that the agent does not serve can be handed on all the same', async (t) => {
  const ana = await agent(t, elsewhere, 'ana');
  await ana.state('Break');
  const ada = await customer(t, elsewhere);
  const page = await openElsewhere(t);
  await available(page);
  await eventually(async () => ok(ana.call('AssignContact', { contactId: ada.contactId, username: 'ben' })));
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('button', { name: 'Transfer' }).click();
  await page.getByRole('option', { name: /Back to Sales/ }).waitFor();
});

test('what an administrator changes counts at once', async (t) => {
  const own = await startServer(t, { seed: twoQueues });
  const page = await openElsewhere(t, own);
  await page.getByText('0 of 3').waitFor();
  await own.reseed(twoQueues.replaceAll('chat_concurrency: 3', 'chat_concurrency: 7'));
  await page.getByText('0 of 7').waitFor();
});

/** Ben's desk where each agent serves another queue. */
async function openElsewhere(t, on = elsewhere) {
  const page = await (await browser.context(t)).newPage();
  await page.goto(`${on.url}/desk/`);
  await page.getByLabel('User name').fill('ben');
  await page.getByLabel('Password', { exact: true }).fill('ben-rings-twice');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  return page;
}

test('what was being written when a chat ended is still there, and a box about it holds back no key', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  await box(page, 'Ada').fill('But before you go');
  await box(page, 'Ada').press('Escape');
  await page.keyboard.press('t');
  await page.getByRole('dialog', { name: 'Transfer Ada' }).waitFor();
  await ok(post(`${server.url}/participant/disconnect`, {}, { 'X-Amz-Bearer': ada.token }));
  await page.getByRole('dialog', { name: 'Transfer Ada' }).waitFor({ state: 'detached' });
  await pane(page, 'Ada').getByRole('region', { name: 'what you were writing' }).getByText('But before you go', { exact: true }).waitFor();
  assert.deepEqual(await faults(page), []);
  await pane(page, 'Ada').focus();
  await page.keyboard.press('x');
  await row(page, 'Ada').waitFor({ state: 'detached' });
  await becomes(() => page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes('draft'))), []);
});

test('a box that another part of the desk has opened has the keys to itself', async (t) => {
  const page = await working(t);
  await talking(t, page);
  await (await agent(t, server, 'ben')).state('Break');
  await page.getByRole('button', { name: /^Status:/ }).click();
  await page.getByRole('menuitem', { name: /^Break/ }).click();
  await visitor(t, 'Grace');
  await page.getByRole('link', { name: 'Board' }).click();
  await page.getByRole('button', { name: 'Why is Grace waiting?' }).click();
  await page.getByRole('dialog', { name: 'Why is Grace waiting?' }).waitFor();
  for (const key of ['e', 't', '?', 'h']) await page.keyboard.press(key);
  assert.equal(await page.getByRole('dialog').count() + (await page.getByRole('alertdialog').count()), 1);
  assert.ok(page.url().endsWith('/desk/board'));
});

test('what is said while the line is down and the transcript is being read is read, too', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  await ada.send('before');
  await sees(page, 'Ada', 'before');
  // The first reading after the reload is answered as of then, but late: after the socket is up.
  let [late, held] = [null, 0];
  await page.route('**/participant/transcript', async (route) => {
    if (held++ > 0) return route.continue();
    const response = await route.fetch();
    await new Promise((resolve) => (late = resolve));
    await route.fulfill({ response });
  });
  await page.routeWebSocket(/./, async (ws) => {
    await eventually(() => assert.ok(late));
    await ada.send('in between');
    ws.connectToServer();
  });
  await page.reload();
  await eventually(() => assert.ok(late));
  await sleep(1500); // the socket opens, and looks
  late();
  await sees(page, 'Ada', 'in between');
});

test('names can neither turn the desk around nor push it apart', async (t) => {
  const page = await working(t);
  const long = 'A'.repeat(200);
  await visitor(t, long);
  const offer = page.getByRole('article', { name: `Incoming chat from ${long}` });
  await offer.waitFor();
  await still(page);
  assert.ok((await offer.boundingBox()).height < 220);
  await offer.getByRole('button', { name: 'Accept' }).click();
  const turned = await talking(t, page, '\u202eAda <img src=x onerror=alert(1)>', {});
  await turned.send('See \u202ehttps://example.com/\u202eevil');
  const link = lines(page, '').getByRole('link');
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), 'https://example.com/');
  assert.equal(await link.evaluate((a) => getComputedStyle(a).unicodeBidi), 'isolate');
  const fits = () => becomes(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  await row(page, long).click();
  await page.setViewportSize({ width: 320, height: 640 });
  await fits();
  await pane(page, long).focus();
  await page.keyboard.press('e');
  const title = page.getByRole('alertdialog').getByRole('heading');
  assert.ok(await title.evaluate((h) => h.scrollWidth <= h.clientWidth));
  await page.keyboard.press('Escape');
  await page.goto(`${server.url}/desk/history`);
  await page.getByRole('table', { name: 'Chats found' }).waitFor();
  await fits();
  const name = page.getByRole('button', { name: long });
  assert.ok((await name.boundingBox()).width < 300);
});

test('past chats are narrowed by queue, agent and days', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  const ben = await agent(t, server, 'ben');
  await page.goto(`${server.url}/desk/history`);
  const found = page.getByRole('table', { name: 'Chats found' }).getByRole('button', { name: 'Ada' });
  await found.waitFor();
  await page.getByRole('button', { name: /^All agents/ }).click();
  await page.getByRole('option', { name: /^Ben/ }).click();
  await page.getByText('No chats found').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await found.waitFor();
  await page.getByLabel('Up to').fill('2001-01-01');
  await page.getByText('No chats found').waitFor();
  await page.getByLabel('Up to').fill('');
  await page.getByRole('button', { name: /^All queues/ }).click();
  await page.getByRole('option', { name: 'BasicQueue' }).click();
  await page.getByRole('searchbox').fill(ada.contactId);
  await found.waitFor();
  assert.deepEqual(await faults(page), []);
  await ben.state('Offline');
});

test('a colleague is added, and goes on when the agent leaves', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  const ben = await agent(t, server, 'ben');
  await page.getByRole('button', { name: 'More about the chat with Ada' }).click();
  await page.getByRole('menuitem', { name: /Add a colleague/ }).click();
  await page.getByRole('option', { name: /ben/ }).click();
  await page.getByRole('button', { name: 'Ask ben to join' }).click();
  await eventually(async () => assert.equal((await ben.snapshot()).contacts.length, 1));
  const place = await ben.accept((await ben.snapshot()).contacts[0].contactId);
  await place.send('I can help, too');
  await sees(page, 'Ada', 'I can help, too');
  await page.getByRole('button', { name: 'More about the chat with Ada' }).click();
  await page.getByRole('menuitem', { name: /Leave the chat/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
  await pane(page, 'Ada').getByText('After-contact work', { exact: true }).waitFor();
  await place.send('still here');
  await ada.socket.message('still here');
});

test('a supervisor listens, takes part and leaves', async (t) => {
  const page = await open(t);
  await page.getByRole('button', { name: 'ana', exact: true }).click();
  await page.getByRole('button', { name: /^Status:/ }).click();
  await page.getByRole('menuitem', { name: /^Break/ }).click();
  await page.getByRole('button', { name: 'Status: Break' }).waitFor();
  const ben = await agent(t, server, 'ben');
  const ada = await visitor(t, 'Ada');
  await ben.accept(ada.contactId);
  const { accessToken } = await ok(post(`${server.url}/auth/token`, { username: 'ana', password: 'ana-rings-twice' }));
  await ok(
    post(`${server.url}/api`, { contactId: ada.contactId, mayBarge: true }, { 'X-Amz-Target': 'AmazonConnectCTIService.MonitorContact', 'X-Amz-Bearer': accessToken }),
  );
  await pane(page, 'Ada').getByText('You are listening. Nobody sees you.').waitFor();
  await ada.send('is anybody there?');
  await sees(page, 'Ada', 'is anybody there?');
  assert.equal(await box(page, 'Ada').count(), 0);
  await pane(page, 'Ada').getByRole('button', { name: 'Take part' }).click();
  await say(page, 'Ada', 'the supervisor is');
  await ada.socket.message('the supervisor is');
  await pane(page, 'Ada').getByRole('button', { name: 'Only listen' }).click();
  await pane(page, 'Ada').getByText('You are listening. Nobody sees you.').waitFor();
  await pane(page, 'Ada').getByRole('button', { name: 'Leave' }).click();
  await row(page, 'Ada').waitFor({ state: 'detached' });
});

test('two chats, side by side and one at a time, with a reload in the middle', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page, 'Ada');
  const bob = await talking(t, page, 'Bob');
  await box(page, 'Bob').fill('half a thought');
  await ada.send('are you there?');
  await row(page, 'Ada').getByText('unread').waitFor();
  await becomes(() => page.title(), '(1) Bellpull desk');
  await row(page, 'Ada').getByText('Waits').waitFor();

  await page.getByRole('button', { name: /Chats side by side/ }).click();
  await page.getByRole('menuitem', { name: '2 side by side' }).click();
  await sees(page, 'Ada', 'are you there?');
  await becomes(() => page.title(), 'Bellpull desk');
  await becomes(() => box(page, 'Bob').inputValue(), 'half a thought');

  await page.reload();
  await sees(page, 'Ada', 'are you there?');
  await becomes(() => box(page, 'Bob').inputValue(), 'half a thought');
  await becomes(() => page.title(), 'Bellpull desk');
  await say(page, 'Ada', 'yes');
  await ada.socket.message('yes');
  await box(page, 'Bob').press('Enter');
  await bob.socket.message('half a thought');
  await bob.send('a whole one');
  await becomes(() => lines(page, 'Bob').getByText('a whole one', { exact: true }).count(), 1);
});

test('older messages come in above without a jump', async (t) => {
  const page = await open(t);
  const ada = await visitor(t, 'Ada');
  for (let n = 0; n < 260; n++) await ada.send(`message ${n}`); // before it rings, which it does not for long
  await page.getByRole('button', { name: 'ana', exact: true }).click();
  await available(page);
  await page.getByRole('button', { name: 'Accept' }).click();
  await sees(page, 'Ada', 'message 259');
  const log = lines(page, 'Ada');
  const place = () => log.getByText('message 200', { exact: true }).evaluate((el) => Math.round(el.getBoundingClientRect().top));
  assert.equal(await log.getByText('message 100', { exact: true }).count(), 0);
  await log.evaluate((el) => (el.scrollTop = 150));
  const before = await place();
  await log.getByText('message 100', { exact: true }).waitFor({ state: 'attached' });
  await eventually(async () => {
    const after = await place();
    assert.ok(Math.abs(after - before) < 5, `from ${before} to ${after}`);
  });
  await eventually(async () => {
    await log.evaluate((el) => (el.scrollTop = 0));
    assert.equal(await log.getByText('message 0', { exact: true }).count(), 1);
  });
});

test('two tabs of one agent show the same, one of them rings, and signing out counts for both', async (t) => {
  const counts = () => {
    window.rung = 0;
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...args) {
      window.rung++;
      return start.apply(this, args);
    };
  };
  const page = await open(t);
  const context = page.context();
  await context.addInitScript(counts);
  await page.reload();
  await page.getByRole('button', { name: 'ana', exact: true }).click();
  await page.getByText('You take no chats now').waitFor();
  const second = await tab(t, context);
  await available(second);
  await page.getByRole('button', { name: 'Status: Available' }).waitFor();

  const ada = await visitor(t, 'Ada');
  for (const p of [page, second]) await p.getByRole('article', { name: 'Incoming chat from Ada' }).waitFor();
  await eventually(async () => {
    const [one, other] = await Promise.all([page, second].map((p) => p.evaluate(() => window.rung)));
    assert.ok(one > 0 && other === 0, `${one} and ${other}`);
  });
  await second.getByRole('button', { name: 'Accept' }).click();
  await box(page, 'Ada').waitFor();
  await say(page, 'Ada', 'from one tab');
  await sees(second, 'Ada', 'from one tab');
  await say(second, 'Ada', 'from the other');
  await sees(page, 'Ada', 'from the other');
  await ada.socket.message('from the other');
  assert.equal(ada.socket.items.filter((i) => i.ContentType === 'text/plain' && i.ParticipantRole === 'AGENT').length, 2);

  await second.getByRole('button', { name: /settings, shortcuts, sign out/ }).click();
  await second.getByRole('menuitem', { name: 'Sign out' }).click();
  for (const p of [page, second]) await p.getByLabel('User name').waitFor();
});

test('some seconds without a network lose nothing and say nothing twice', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  await page.context().setOffline(true);
  await door('sockets/close');
  ada.socket = await Socket.subscribed((await connection(server, ada.participantToken)).url);
  await page.getByText('This computer is offline.').waitFor();
  await say(page, 'Ada', 'said into the void');
  await lines(page, 'Ada').getByText('Sending…').waitFor();
  await send(server, ada.token, 'said meanwhile');
  await page.context().setOffline(false);
  await page.getByText('This computer is offline.').waitFor({ state: 'detached' });
  await sees(page, 'Ada', 'said meanwhile');
  await ada.socket.message('said into the void');
  await lines(page, 'Ada').getByText('Sending…').waitFor({ state: 'detached' });
  assert.equal(await lines(page, 'Ada').getByText('said into the void', { exact: true }).count(), 1);
  assert.equal(ada.socket.items.filter((i) => i.Content === 'said into the void').length, 1);
});

test('a message whose answer is lost is said once; one that is refused can be sent again', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  await door('faults', { operation: 'SendMessage', times: 1, drop: true, after: true });
  await say(page, 'Ada', 'once');
  await ada.socket.message('once');
  await lines(page, 'Ada').getByText('Sent', { exact: true }).waitFor();
  const waiting = () => page.evaluate(() => sessionStorage.getItem('bellpull.desk.outbox'));
  await becomes(waiting, null);
  await door('faults', { operation: 'SendMessage', times: 1, status: 400, type: 'ValidationException' });
  await say(page, 'Ada', 'twice tried');
  await lines(page, 'Ada').getByText('Not sent.').waitFor();
  await lines(page, 'Ada').getByRole('button', { name: 'Send again' }).click();
  await ada.socket.message('twice tried');
  await ada.socket.settled();
  for (const words of ['once', 'twice tried']) {
    assert.equal(await lines(page, 'Ada').getByText(words, { exact: true }).count(), 1);
    assert.equal(ada.socket.items.filter((i) => i.Content === words).length, 1);
  }
});

test('a wrong password is answered in words', async (t) => {
  const page = await open(t);
  await page.getByLabel('User name').fill('ana');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('alert').getByText('The user name or the password is wrong.').waitFor();
  assert.equal(await page.getByLabel('User name').inputValue(), 'ana');
});

test('a session goes on by itself, and when it cannot, the desk says so and keeps what was being written', async (t) => {
  const page = await working(t);
  await talking(t, page);
  await door('clock', { advance: '13h' });
  await page.reload();
  await page.getByRole('button', { name: /^Status:/ }).waitFor();
  const kept = await page.evaluate(() => localStorage.getItem('bellpull.desk.session'));
  assert.ok(JSON.parse(kept).access.length > 0);

  await door('reset');
  await page.getByRole('alert').getByText(/Your session has ended/).waitFor();
  await page.getByRole('button', { name: 'ana', exact: true }).click();
  await page.getByRole('button', { name: /^Status:/ }).waitFor();
});

test('a file goes either way', async (t) => {
  const page = await working(t);
  const ada = await talking(t, page);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Attach files' }).click();
  await (await chooser).setFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('by button') });
  const sent = await ada.socket.item((i) => i.Type === 'ATTACHMENT');
  assert.equal(sent.Attachments[0].AttachmentName, 'notes.txt');
  await lines(page, 'Ada').getByRole('button', { name: 'Download notes.txt' }).waitFor();

  await box(page, 'Ada').evaluate((el) => {
    const data = new DataTransfer();
    data.items.add(new File(['by paste'], 'pasted.txt', { type: 'text/plain' }));
    el.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await ada.socket.item((i) => i.Attachments?.[0].AttachmentName === 'pasted.txt');
  await box(page, 'Ada').evaluate((el) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['by drop'], 'dropped.txt', { type: 'text/plain' }));
    el.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await ada.socket.item((i) => i.Attachments?.[0].AttachmentName === 'dropped.txt');
  await becomes(() => lines(page, 'Ada').getByText('Uploading…').count(), 0);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds no fault with any state, ${colorScheme}`, async (t) => {
    const page = await open(t, { colorScheme, reducedMotion: 'reduce' });
    const fine = async (what) => assert.deepEqual(await faults(page), [], what);
    await page.getByRole('button', { name: 'ana', exact: true }).waitFor();
    await fine('the door');
    await page.getByLabel('User name').fill('ana');
    await page.getByLabel('Password').fill('x');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await fine('a wrong password');
    await page.getByRole('button', { name: 'ana', exact: true }).click();
    await page.getByText('You take no chats now').waitFor();
    await fine('an empty desk');
    await page.getByRole('button', { name: /^Status:/ }).click();
    await fine('the statuses');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+V');
    await page.getByText('Shall the browser tell you').waitFor();
    const ada = await visitor(t, 'Ada', { Attributes: { plan: 'gold' } });
    await page.getByRole('button', { name: 'Accept' }).waitFor();
    await fine('an offer');
    await page.getByRole('button', { name: 'Accept' }).click();
    await say(page, 'Ada', 'Hello **you**\n- one\n- two');
    await ada.send('See https://example.com');
    await sendEvent(server, ada.token, type.typing);
    await pane(page, 'Ada').getByText('Ada is typing…').waitFor();
    await fine('a chat');
    await box(page, 'Ada').fill('/');
    await page.getByRole('option').first().waitFor();
    await fine('quick responses');
    await box(page, 'Ada').fill('');
    await talking(t, page, 'Bob');
    await page.getByRole('button', { name: /Chats side by side/ }).click();
    await page.getByRole('menuitem', { name: '2 side by side' }).click();
    await fine('side by side');
    await pane(page, 'Bob').focus();
    for (const [key, name] of [['t', /Transfer/], ['e', /End the chat/], ['?', /shortcuts/], ['Control+k', /commands/]]) {
      await page.keyboard.press(key);
      await page.getByRole(key === 'e' ? 'alertdialog' : 'dialog', { name }).waitFor();
      await fine(`the box of ${key}`);
      await page.keyboard.press('Escape');
      await page.locator('.veil').waitFor({ state: 'detached' });
      await pane(page, 'Bob').focus();
    }
    await page.keyboard.press('e');
    await page.getByRole('button', { name: 'End chat' }).click();
    await pane(page, 'Bob').getByText('After-contact work', { exact: true }).waitFor();
    await fine('after the chat');
    await visitor(t, 'Cleo');
    await page.getByRole('button', { name: 'Decline' }).click();
    await row(page, 'Cleo').getByText('Declined').waitFor();
    await row(page, 'Cleo').click();
    await fine('a declined chat');
    for (const place of ['history', 'settings', 'design']) {
      await page.goto(`${server.url}/desk/${place}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await fine(place);
    }
  });
}

test('in the colours of the system one sees what is on, which chat is open and where one is', async (t) => {
  const page = await working(t, { forcedColors: 'active' });
  await talking(t, page, 'Ada');
  await talking(t, page, 'Grace');
  const ring = (locator) => locator.evaluate((el) => getComputedStyle(el).outlineStyle);
  await becomes(async () => [await ring(row(page, 'Ada')), await ring(row(page, 'Grace'))], ['none', 'solid']);
  await page.goto(`${server.url}/desk/history`);
  const place = (name) => page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name, exact: true });
  await becomes(async () => [await ring(place('Chats')), await ring(place('Past chats'))], ['none', 'solid']);
  await page.goto(`${server.url}/desk/settings`);
  const track = page.locator('.switch', { hasText: 'When a chat rings' }).locator('.switch-track');
  const fills = () => track.evaluate((el) => [getComputedStyle(el).backgroundColor, getComputedStyle(el, '::before').backgroundColor]);
  await track.waitFor();
  const on = await fills();
  await track.click();
  await eventually(async () => {
    const off = await fills();
    assert.notEqual(on[0], off[0]);
    for (const [field, knob] of [on, off]) assert.notEqual(field, knob);
  });
});

test('at 200 % and on a narrow screen everything is in reach, one thing at a time', async (t) => {
  const page = await working(t, { viewport: { width: 700, height: 430 } });
  await talking(t, page);
  const fits = () => eventually(async () => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0));
  await fits();
  await say(page, 'Ada', 'a message of some length, so that it has to wrap on a screen that is as narrow as this one');
  await page.getByRole('button', { name: 'Back to the list' }).click();
  await row(page, 'Ada').waitFor();
  await fits();
  await row(page, 'Ada').click();
  await pane(page, 'Ada').getByRole('button', { name: 'Customer details' }).click();
  await page.getByRole('dialog', { name: 'Customer' }).getByText('Attributes').waitFor();
  assert.deepEqual(await faults(page), []);
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 330, height: 640 });
  await fits();
});

test('ten chats of two hundred messages are ready at once, and typing in one is smooth', async (t) => {
  const page = await open(t);
  await ok(post(`${server.url}/_bellpull/seed`, 'routing_profiles:\n  - {name: Basic Routing Profile, chat_concurrency: 10, queues: [{queue: BasicQueue}]}\n', { 'Content-Type': 'application/yaml' }));
  const ana = await agent(t, server, 'ana');
  const words = 'some words that a customer may well have written about a parcel';
  for (let n = 0; n < 10; n++) {
    const c = await visitor(t, `Visitor ${n}`);
    await ana.accept(c.contactId);
    await Promise.all(Array.from({ length: 200 }, (_, m) => c.send(`${m} ${words}`)));
  }
  await page.getByRole('button', { name: 'ana', exact: true }).click();
  await page.getByRole('textbox', { name: /Message to/ }).waitFor();
  await within(t, page, 'the desk with ten chats of 200 messages', 1500, async () => {
    const began = Date.now();
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('textbox', { name: /Message to/ }).waitFor();
    await page.getByRole('log').getByText(words).last().waitFor();
    return Date.now() - began;
  });
  await page.waitForLoadState('networkidle');
  await page.getByRole('textbox', { name: /Message to/ }).pressSequentially('Hello. ');

  const longest = await watchTasks(page);
  await within(t, page, 'the longest task while typing at the desk', 75, async () => {
    await page.getByRole('textbox', { name: /Message to/ }).pressSequentially('The parcel is on its way and will be with you tomorrow.', { delay: 15 });
    return longest();
  });
});

test('the pictures of the documentation', async (t) => {
  const folder = process.env.SCREENSHOTS === undefined ? null : fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
  if (folder !== null) await mkdir(folder, { recursive: true });
  const shot = (page, name) => page.screenshot(folder === null ? {} : { path: `${folder}desk-${name}.png` });
  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { colorScheme: 'light', viewport: { width: 420, height: 800 } }],
    ['rtl', { colorScheme: 'light' }],
  ]) {
    const page = await working(t, options);
    if (name === 'rtl') await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    const ada = await talking(t, page, 'Ada Lovelace', { Attributes: { order: '20931', plan: 'gold' } });
    await ada.send('Hello, I ordered a teapot last week and it has not arrived. It is order 20931.');
    await say(page, 'Ada Lovelace', 'Hello Ada, I am **happy to help**. I am looking up\n\n- where the parcel is\n- when it will be with you');
    await ada.send('Thank you!');
    const bob = await talking(t, page, 'Bob Marsh');
    await bob.send('Is the shop open on Sunday?');
    await say(page, 'Bob Marsh', 'Yes, from ten to four.');
    await sendEvent(server, bob.token, type.read, JSON.stringify({ messageId: (await bob.socket.message('Yes, from ten to four.')).Id }));
    await visitor(t, 'Cleo Quist');
    await page.getByRole('article', { name: 'Incoming chat from Cleo Quist' }).waitFor();
    if (name === 'narrow') await page.getByRole('button', { name: 'Back to the list' }).click();
    else {
      await row(page, 'Ada').click();
      await box(page, 'Ada').fill('It left our house this morning, so');
      await sendEvent(server, ada.token, type.typing);
      await pane(page, 'Ada').getByText(/is typing…/).waitFor();
    }
    assert.ok((await shot(page, name)).length > 10_000);
    if (name !== 'light') continue;
    await page.getByRole('button', { name: /Chats side by side/ }).click();
    await page.getByRole('menuitem', { name: '2 side by side' }).click();
    await box(page, 'Bob').fill('/');
    await page.getByRole('option').first().waitFor();
    assert.ok((await shot(page, 'side-by-side')).length > 10_000);
  }
});
