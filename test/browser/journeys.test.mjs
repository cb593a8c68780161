// Two people in two browsers: a customer with the widget on a strict page of
// another origin, an agent at the desk, and the real server between them.
import { UpdateParticipantRoleConfigCommand } from '@aws-sdk/client-connect';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBrowser } from '../lib/browser.mjs';
import { sitDown } from '../lib/desk.mjs';
import { connect } from '../lib/sdk.mjs';
import { startServer } from '../lib/server.mjs';
import { startSite } from '../lib/site.mjs';
import { watchTasks, within } from '../lib/speed.mjs';
import { undo } from '../lib/undo.mjs';
import { visit } from '../lib/visitor.mjs';
import { becomes, eventually, ok, post, typesUntil } from '../lib/wire.mjs';

const server = await startServer();
const browser = await startBrowser(server);
const site = await startSite(server);
const door = (path, body = {}, headers) => ok(post(`${server.url}/_bellpull/${path}`, body, headers));
const seed = (text) => door('seed', text, { 'Content-Type': 'application/yaml' });

/** A customer and an agent who talk, on an empty server. */
async function talking(t, { customer = {}, agent = {}, where = site } = {}) {
  await door('reset');
  const ana = await (await sitDown(browser, t, server, 'ana', agent)).available();
  const ada = await visit(browser, t, where, customer);
  await ada.begin();
  await ana.accept('Ada');
  await ada.sees('Ana joined the chat');
  return { ada, ana };
}

const inspect = async (where) => (await fetch(`${where.url}/_bellpull/inspect`)).json();

/** The one contact that an agent works on. */
const work = async (where) => (await inspect(where)).instances[0].agents.flatMap((a) => a.Work ?? [])[0];

/** The transcript of that contact's chat, as the server keeps it. */
async function items(where) {
  const a = await fetch(`${where.url}/_bellpull/contacts/${(await work(where)).Contact}`);
  return (await a.json()).items;
}

/** The texts on a screen that a test has numbered, in the order in which they stand. */
const numbered = async (log) => (await log.locator('.bubble:not(:has(.words)), .words').allTextContents()).filter((w) => /^(ada|ana) \d+$/.test(w));

test('they see each other write and read', async (t) => {
  const { ada, ana } = await talking(t);
  await typesUntil(ada.field, ana.pane('Ada').getByText('Ada is typing…'));
  await ada.say('Is my tea on its way?');
  await ana.sees('Ada', 'Is my tea on its way?');
  await eventually(async () => assert.equal(await ana.pane('Ada').getByText('Ada is typing…').count(), 0), 8000); // without the message it would stand for twelve seconds
  await ada.log.getByText('Read', { exact: true }).waitFor();
  await typesUntil(ana.box('Ada'), ada.log.getByText('Ana is typing'));
  await ana.say('Ada', 'It is, **today**');
  await ada.log.locator('strong', { hasText: 'today' }).waitFor();
  await ana.log('Ada').getByText('Read', { exact: true }).waitFor();
  assert.deepEqual(ada.complaints, []);
});

test('each opens a second tab, reloads the first, and misses nothing', async (t) => {
  const { ada, ana } = await talking(t);
  await ada.say('one');
  await ana.sees('Ada', 'one');
  const [adaToo, anaToo] = [await ada.tab(), await ana.tab()];
  await adaToo.launcher.click();
  await ana.say('Ada', 'two');
  await adaToo.say('three');
  await Promise.all([ada.page.reload(), ana.page.reload()]);
  await anaToo.say('Ada', 'four');
  for (const words of ['one', 'two', 'three', 'four']) {
    for (const tab of [ada, adaToo]) await tab.sees(words);
    for (const tab of [ana, anaToo]) await tab.sees('Ada', words);
  }
  await ada.page.close(); // the tab that leads, perhaps
  await ana.page.close();
  await adaToo.say('five');
  await anaToo.sees('Ada', 'five');
  await anaToo.say('Ada', 'six');
  await adaToo.sees('six');
});

test('either may be without a network for seconds', async (t) => {
  const { ada, ana } = await talking(t);
  await ada.context.setOffline(true);
  await door('sockets/close');
  await ada.panel.getByText(/You are offline/).waitFor();
  await ada.say('ada 1');
  await ada.say('ada 2');
  await ana.say('Ada', 'ana 1');
  await ana.sees('Ada', 'ana 1');
  await ada.context.setOffline(false);
  await ana.sees('Ada', 'ada 2');
  await ana.context.setOffline(true);
  await door('sockets/close');
  await ana.page.getByText('This computer is offline.').waitFor();
  await ana.say('Ada', 'ana 2');
  await ada.say('ada 3');
  await ana.context.setOffline(false);
  await ada.sees('ana 2');
  await ana.sees('Ada', 'ada 3');
  await eventually(async () => assert.deepEqual(await numbered(ada.log), await numbered(ana.log('Ada'))));
  assert.deepEqual((await numbered(ada.log)).toSorted(), ['ada 1', 'ada 2', 'ada 3', 'ana 1', 'ana 2']);
});

test('a server that is killed while both write loses nothing and says nothing twice', async (t) => {
  const lasting = await startServer(t, { lasting: true });
  const ana = await (await sitDown(browser, t, lasting)).available();
  const ada = await visit(browser, t, await startSite(lasting));
  await ada.begin();
  await ana.accept('Ada');
  await ada.sees('Ana joined the chat');

  const said = { ada: [], ana: [] };
  let over = false;
  const talk = async (who, say) => {
    for (let n = 1; !over; n++) {
      said[who].push(`${who} ${n}`);
      await say(`${who} ${n}`);
      await sleep(60);
    }
  };
  const both = Promise.all([talk('ada', (w) => ada.say(w)), talk('ana', (w) => ana.say('Ada', w))]);
  for (let n = 0; n < 2; n++) {
    await sleep(1200);
    await lasting.crash();
    await sleep(700);
    await lasting.restart();
  }
  await sleep(1500);
  over = true;
  await both;

  await ada.say('the end of ada');
  await ana.sees('Ada', 'the end of ada');
  await ana.say('Ada', 'the end of ana');
  await ada.sees('the end of ana');
  await becomes(() => ana.log('Ada').getByText('Sending…').count(), 0);

  const kept = (await items(lasting)).map((i) => i.Text).filter((w) => /^(ada|ana) \d+$/.test(w));
  for (const who of ['ada', 'ana']) assert.deepEqual(kept.filter((w) => w.startsWith(who)), said[who], `${who}'s, once and in order`);
  await becomes(() => numbered(ada.log), kept);
  await becomes(() => numbered(ana.log('Ada')), kept);
});

test('a chat goes to a colleague and on to a queue, and the customer is told in plain words', async (t) => {
  const { ada, ana } = await talking(t);
  const ben = await (await sitDown(browser, t, server, 'ben')).available();
  await ada.say('I need somebody who knows tea');
  await ana.sees('Ada', 'I need somebody who knows tea');
  await ana.pane('Ada').getByRole('button', { name: 'Transfer' }).click();
  const colleague = ana.page.getByRole('option', { name: /ben/ });
  await colleague.getByText('Available').waitFor();
  await colleague.click();
  await ana.page.getByRole('button', { name: 'Transfer to ben' }).click();
  await ada.sees('Ana left the chat');
  await ada.panel.getByText(/^(We are finding somebody for you|You are next)$/).first().waitFor();
  await ben.offer('Ada').getByText('I need somebody who knows tea').waitFor();
  await ben.accept('Ada');
  await ada.sees('Ben joined the chat');
  await ben.sees('Ada', 'I need somebody who knows tea');
  await ben.say('Ada', 'I do');
  await ada.sees('I do');
  await ana.pane('Ada').getByRole('button', { name: 'Close contact' }).first().click();

  await ben.pane('Ada').getByRole('button', { name: 'Transfer' }).click();
  const queue = ben.page.getByRole('option', { name: /BasicQueue/ });
  await queue.getByText(/^room for \d+$/).waitFor();
  await queue.click();
  await ben.page.getByRole('button', { name: /^Transfer to/ }).click();
  await ana.accept('Ada');
  await ana.sees('Ada', 'I do');
  await ada.sees('Ben left the chat');
  await ada.sees('Ana joined the chat', 2);
  await becomes(() => ada.panel.getByText(/^(We are finding somebody for you|You are next)$/).count(), 0);
  assert.deepEqual(ada.complaints, []);
});

test('an offer that nobody takes goes to somebody else while the customer waits in peace', async (t) => {
  await door('reset');
  const ana = await (await sitDown(browser, t, server)).available();
  const ada = await (await visit(browser, t, site)).begin();
  await ada.say('Hello?');
  await ana.offer('Ada').getByText('Hello?').waitFor();
  const ben = await (await sitDown(browser, t, server, 'ben')).available();
  await door('clock', { advance: '2m1s' });
  await ana.pane('Ada').getByText('You missed this chat').waitFor();
  await ben.accept('Ada');
  await ada.sees('Ben joined the chat');
  await ben.sees('Ada', 'Hello?');
  assert.equal(await ada.log.getByText(/left the chat/).count(), 0);
});

test('what a flow asks is answered in the widget and read at the desk', async (t) => {
  await door('reset');
  const ask = (templateType, content) => JSON.stringify({ templateType, version: '1.0', data: { content } });
  const step = (Identifier, Type, Parameters, NextAction) => ({
    Identifier, Type, Parameters,
    Transitions: { NextAction, Errors: [{ ErrorType: 'NoMatchingError', NextAction: 'end' }] },
  });
  const flow = {
    Version: '2019-10-30',
    StartAction: 'list',
    Actions: [
      step('list', 'MessageParticipant', { Text: ask('ListPicker', { title: 'Which tea?', subtitle: 'All are fresh', elements: [{ title: 'Green' }, { title: 'Black' }] }) }, 'time'),
      step('time', 'MessageParticipant', { Text: ask('TimePicker', { title: 'When shall we call?', timeslots: [{ date: '2027-01-04T09:00+00:00', duration: 1800 }] }) }, 'target'),
      step('target', 'UpdateContactTargetQueue', { QueueId: '${queue:BasicQueue}' }, 'queue'),
      { ...step('queue', 'TransferContactToQueue', {}, 'end'), Transitions: { NextAction: 'end', Errors: [{ ErrorType: 'QueueAtCapacity', NextAction: 'end' }, { ErrorType: 'NoMatchingError', NextAction: 'end' }] } },
      { Identifier: 'end', Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} },
    ],
  };
  const id = 'b3110000-0000-4000-8000-00000000d1f1';
  await seed(`flows:
  - {name: Asks, content: ${JSON.stringify(JSON.stringify(flow))}}
widgets:
  - {id: ${id}, name: Asking, flow: Asks, origins: ["*"], content_types: [markdown, interactive, interactive_response]}
`);
  const ana = await (await sitDown(browser, t, server)).available();
  const ada = await (await visit(browser, t, await startSite(server, id), { options: { timezoneId: 'Europe/Berlin' } })).begin();
  await ada.log.getByRole('button', { name: 'Black' }).click();
  await ada.log.locator('.mine').getByText('Black', { exact: true }).waitFor();
  await ada.log.getByRole('button', { name: /10:00/ }).click();
  await ana.accept('Ada');
  const log = ana.log('Ada');
  for (const words of ['Which tea?', 'All are fresh', 'When shall we call?']) await log.getByText(words, { exact: true }).waitFor();
  await log.getByRole('listitem').filter({ hasText: /^Green$/ }).waitFor();
  await log.locator('.theirs').getByText('Black', { exact: true }).waitFor();
  assert.equal(await log.getByText(/2027-01-04T/).count(), 0, 'times in words');
  await log.getByText(/4 Jan 2027/).first().waitFor();
});

test('files go both ways, and what may not be sent says why', async (t) => {
  const { ada, ana } = await talking(t);
  const chosen = async (who, button, file) => {
    const chooser = who.page.waitForEvent('filechooser');
    await button.click();
    await (await chooser).setFiles(file);
  };
  const downloaded = async (who, button) => {
    const [download] = await Promise.all([who.page.waitForEvent('download'), button.click()]);
    return (await readFile(await download.path())).toString();
  };
  const attach = ada.button('Attach files');
  await chosen(ada, attach, { name: 'order.txt', mimeType: 'text/plain', buffer: Buffer.from('one teapot') });
  await ana.log('Ada').getByText('order.txt').first().waitFor();
  assert.equal(await downloaded(ana, ana.log('Ada').getByRole('button', { name: 'Download order.txt' })), 'one teapot');
  await ada.log.getByRole('button', { name: 'Download order.txt' }).waitFor();
  await becomes(() => ada.log.getByRole('progressbar').count(), 0);

  await ada.field.evaluate(async (field) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 30 });
    canvas.getContext('2d').fillRect(0, 0, 20, 30);
    const picture = await new Promise((resolve) => canvas.toBlob(resolve));
    const data = new DataTransfer();
    data.items.add(new File([picture], 'teapot.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await ana.log('Ada').getByText('teapot.png').first().waitFor();
  const picture = ada.log.getByRole('img', { name: 'teapot.png' });
  await picture.waitFor();
  await becomes(() => picture.evaluate((i) => i.naturalWidth), 40);

  await chosen(ana, ana.pane('Ada').getByRole('button', { name: 'Attach files' }), { name: 'label.txt', mimeType: 'text/plain', buffer: Buffer.from('stick it on') });
  assert.equal(await downloaded(ada, ada.log.getByRole('button', { name: 'Download label.txt' })), 'stick it on');

  await chosen(ada, attach, { name: 'run.sh', mimeType: 'application/x-sh', buffer: Buffer.from('#!') });
  await ada.panel.getByText('run.sh cannot be sent: files of this type are not accepted.').waitFor();
  const folder = await mkdtemp(join(tmpdir(), 'journeys-'));
  undo(t, () => rm(folder, { recursive: true }));
  const big = join(folder, 'big.txt');
  await writeFile(big, Buffer.alloc(21 << 20, 'x'));
  await chosen(ada, attach, big);
  await ada.panel.getByText(/^big\.txt is too large\. Files may have up to 20\D?MB\.$/).waitFor();
  await chosen(ana, ana.pane('Ada').getByRole('button', { name: 'Attach files' }), { name: 'run.sh', mimeType: 'application/x-sh', buffer: Buffer.from('#!') });
  await ana.page.getByText(/^run\.sh could not be sent\./).waitFor();
  assert.equal((await items(server)).filter((i) => i.Type === '').length, 3, 'files in the transcript');
  assert.deepEqual(ada.complaints, []);
});

test('a customer who is silent is warned, and stays or goes', async (t) => {
  const { ada, ana } = await talking(t);
  const timer = (TimerType, minutes) => ({ ParticipantRole: 'CUSTOMER', TimerType, TimerValue: { ParticipantTimerDurationInMinutes: minutes } });
  await connect(server).send(
    new UpdateParticipantRoleConfigCommand({
      InstanceId: server.instanceId,
      ContactId: (await work(server)).Contact,
      ChannelConfiguration: { Chat: { ParticipantTimerConfigList: [timer('IDLE', 2), timer('DISCONNECT_NONCUSTOMER', 4)] } },
    }),
  );
  // The timers count from when the next agent joins.
  const ben = await (await sitDown(browser, t, server, 'ben')).available();
  await ana.pane('Ada').getByRole('button', { name: 'Transfer' }).click();
  await ana.page.getByRole('option', { name: /ben/ }).click();
  await ana.page.getByRole('button', { name: 'Transfer to ben' }).click();
  await ben.accept('Ada');
  await ada.sees('Ben joined the chat');
  await door('clock', { advance: '2m1s' });
  await ada.panel.getByRole('alert').getByText('Are you still there?').waitFor();
  await ada.button('I’m still here').click();
  await ben.sees('Ada', 'I’m still here');
  await becomes(() => ada.panel.getByText('Are you still there?').count(), 0);
});

test('a page ends the chat that it has just started', async (t) => {
  await door('reset');
  const ada = await visit(browser, t, site);
  await ada.launcher.waitFor();
  await ada.page.evaluate(() => {
    Bellpull.start({ name: 'Ada' });
    Bellpull.send('never mind');
    Bellpull.end();
  });
  await ada.button('Start again').waitFor();
  await becomes(async () => (await inspect(server)).instances[0].activeChats, 0);
});

test('a desk whose session ends in a chat asks for the password, and goes on', async (t) => {
  const { ada, ana } = await talking(t);
  await ana.box('Ada').fill('half a thought');
  await ana.page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem('bellpull.desk.session'));
    localStorage.setItem('bellpull.desk.session', JSON.stringify({ ...kept, access: 'expired', refresh: 'expired' }));
  });
  await ana.page.reload();
  await ana.page.getByRole('alert').getByText(/Your session has ended/).waitFor();
  await ana.page.getByLabel('User name').fill('ana');
  await ana.page.getByLabel('Password').fill('wrong');
  await ana.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await ana.page.getByRole('alert').getByText('The user name or the password is wrong.').waitFor();
  await ada.say('are you there?');
  await ana.page.getByLabel('Password').fill('ana-rings-twice');
  await ana.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await ana.sees('Ada', 'are you there?');
  await becomes(() => ana.box('Ada').inputValue(), 'half a thought');
});

test('browsers that keep nothing talk all the same', async (t) => {
  const prepare = () => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
      Object.defineProperty(window, name, { get: () => { throw new DOMException('denied', 'SecurityError'); } });
    }
  };
  const { ada, ana } = await talking(t, { customer: { prepare }, agent: { prepare } });
  await ada.say('hello');
  await ana.sees('Ada', 'hello');
  await ana.say('Ada', 'and to you');
  await ada.sees('and to you');
});

test('at 200 % both are whole, and nothing has to be moved sideways', async (t) => {
  const half = { options: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 } };
  const { ada, ana } = await talking(t, { customer: half, agent: half });
  await ada.say('a message of some length, so that it has to wrap on a screen that is as narrow as this one');
  await ana.say('Ada', 'an answer of some length, so that it has to wrap on a screen that is as narrow as this one');
  await ada.sees('an answer of some length, so that it has to wrap on a screen that is as narrow as this one');
  for (const { page } of [ada, ana]) {
    await eventually(async () => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0));
  }
  for (const thing of [ada.field, ada.button('Send'), ada.button('More options'), ana.box('Ada')]) {
    await eventually(async () => {
      const box = await thing.boundingBox();
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= 640 && box.y + box.height <= 400, JSON.stringify(box));
    });
  }
});

// The usual figures of "slow 4G", which tools for the speed of pages use.
const slow4G = { offline: false, latency: 150, downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: (750e3 / 8) * 0.9 };

async function throttle(page) {
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', slow4G);
}

/** Notes when the launcher can be pressed. */
function watchForLauncher() {
  const watch = setInterval(() => {
    if (document.querySelector('bellpull-widget')?.shadowRoot?.querySelector('button')?.checkVisibility() !== true) return;
    window.launcherAt = performance.now();
    clearInterval(watch);
  }, 5);
}

test('on a slow network the launcher is there soon, and a chat goes on', async (t) => {
  const { ada, ana } = await talking(t);
  let cleo;
  const arrive = async () => {
    cleo = await visit(browser, t, 'about:blank', { prepare: watchForLauncher });
    await throttle(cleo.page);
    await cleo.page.goto(site, { waitUntil: 'commit' });
    await cleo.page.waitForFunction(() => window.launcherAt);
    return cleo.page.evaluate(() => window.launcherAt);
  };
  await within(t, ada.page, 'slow 4G: until the launcher can be pressed', 1000, arrive);
  await within(t, ada.page, 'slow 4G: from the click to the panel', 2000, async () => {
    await arrive();
    const reached = Date.now();
    await cleo.launcher.click();
    await cleo.button('Start chat').waitFor();
    return Date.now() - reached;
  });
  await cleo.panel.getByLabel('Your name').fill('Cleo');
  await cleo.button('Start chat').click();
  await ana.accept('Cleo');
  const said = Date.now();
  await ana.say('Cleo', 'over a thin line');
  await cleo.sees('over a thin line');
  t.diagnostic(`slow 4G: a message was on the other screen after ${Date.now() - said} ms`);
  await cleo.say('and back');
  await ana.sees('Cleo', 'and back');
  assert.equal(await cleo.panel.getByText(/Reconnecting/).count(), 0);
});

test('typing in the widget is smooth while messages come in', async (t) => {
  const { ada, ana } = await talking(t);
  for (let n = 0; n < 60; n++) await ana.say('Ada', `ana ${n}`);
  await ada.sees('ana 59');
  await ada.field.pressSequentially('warm up ');
  const longest = await watchTasks(ada.page);
  await within(t, ada.page, 'the longest task while typing in the widget', 75, async (n) => {
    await Promise.all([
      ada.field.pressSequentially('The parcel has not come, and I have waited for a week. ', { delay: 15 }),
      ana.say('Ada', `I **look** at it, ${n}`),
    ]);
    return longest();
  });
});
