// The widget on a page of another origin, under a strict policy, talking with
// an agent through the real server. The agent is a few requests.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { startBrowser } from '../lib/browser.mjs';
import { agent as signIn } from '../lib/chat.mjs';
import { faults as faultsOf, still } from '../lib/faults.mjs';
import { startServer } from '../lib/server.mjs';
import { startSite } from '../lib/site.mjs';
import { undo } from '../lib/undo.mjs';
import { visit as visitSite } from '../lib/visitor.mjs';
import { becomes, eventually, post } from '../lib/wire.mjs';

const server = await startServer();
const browser = await startBrowser(server);
const site = await startSite(server);
const dist = fileURLToPath(new URL('../../web/dist/', import.meta.url));

const visit = (t, { query = '', ...how } = {}) => visitSite(browser, t, site + query, how);

const faults = (page) => faultsOf(page, { within: 'bellpull-widget' });

/** A customer in a chat that an agent has taken. */
async function talking(t, how) {
  const ana = await signIn(t, server);
  const ada = await visit(t, how);
  await ada.begin();
  const contactId = await eventually(async () => {
    const [contact] = (await ana.snapshot()).contacts.filter((c) => c.state.type === 'connecting');
    assert.ok(contact);
    return contact.contactId;
  });
  const place = await ana.accept(contactId);
  await ada.sees('Ana joined the chat');
  undo(t, async () => {
    if (await ada.field.isVisible().catch(() => false)) await ada.ends();
  });
  return { ada, ana, place };
}

test('a customer talks with an agent from a strict page, and the page does not notice', async (t) => {
  const { ada, place } = await talking(t);
  await ada.say('Is my tea on its way?');
  await place.send('It is, **today**', { ContentType: 'text/markdown' });
  await ada.log.locator('strong', { hasText: 'today' }).waitFor();
  await ada.sees('Is my tea on its way?');
  await ada.log.getByText('Sent', { exact: true }).waitFor();
  await ada.page.getByText('Ana: It is, today').waitFor({ state: 'attached' });
  const names = await ada.page.evaluate(() => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow));
    frame.remove();
    return Object.getOwnPropertyNames(window).filter((n) => !usual.has(n) && !/^\d+$/.test(n));
  });
  assert.deepEqual(names.filter((n) => !n.startsWith('__')).sort(), ['Bellpull', 'amazon_connect']);
  assert.deepEqual(ada.complaints, []);
});

test('markdown of others runs nothing and asks nobody for pictures', async (t) => {
  const { ada, place } = await talking(t);
  const strangers = [];
  ada.page.on('request', (r) => ![new URL(server.url).host, new URL(site).host].includes(new URL(r.url()).host) && strangers.push(r.url()));
  await place.send('![x](https://elsewhere.example/p.png) <img src=x onerror="document.title=1"> [a](javascript:alert(1)) [b](https://b.example/)', {
    ContentType: 'text/markdown',
  });
  const link = ada.log.getByRole('link');
  await link.waitFor();
  assert.equal(await link.count(), 1);
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow');
  assert.equal(await ada.log.locator('img').count(), 0);
  assert.deepEqual(strangers, []);
});

test('a reload goes on where it was, open as it was', async (t) => {
  const { ada, place } = await talking(t);
  await ada.say('before');
  await ada.log.getByText('Sent', { exact: true }).waitFor();
  await ada.page.reload();
  await ada.sees('before');
  await place.send('after');
  await ada.sees('after');
  await ada.sees('before');
});

test('two tabs show one chat, and ending it in one ends it in both', async (t) => {
  const { ada, place } = await talking(t);
  const second = await ada.tab();
  await second.launcher.click();
  await second.say('from the second tab');
  await ada.sees('from the second tab');
  await place.send('to both');
  await Promise.all([ada.sees('to both'), second.sees('to both')]);
  await ada.button('More options').click();
  await ada.page.getByRole('menuitem', { name: 'End chat' }).click();
  const question = ada.page.getByRole('alertdialog');
  const safe = question.getByRole('button', { name: 'Keep chatting' });
  await becomes(() => safe.evaluate((b) => b.getRootNode().activeElement === b), true);
  await question.getByRole('button', { name: 'End chat' }).click();
  await Promise.all([ada.button('Start again').waitFor(), second.button('Start again').waitFor()]);
});

test('what is written offline is sent once, in order, when the line is back', async (t) => {
  const { ada, place } = await talking(t);
  await ada.context.setOffline(true);
  await ada.panel.getByText(/You are offline/).waitFor();
  await ada.say('one');
  await ada.say('two');
  await ada.sees('two');
  await ada.context.setOffline(false);
  await ada.log.getByText('Sent', { exact: true }).waitFor(); // the mark of the last
  await place.send('three');
  await ada.sees('three');
  const said = await ada.log.locator('.bubble').allTextContents();
  assert.deepEqual(said.filter((w) => ['one', 'two', 'three'].includes(w)), ['one', 'two', 'three']);
});

test('an unread message shows on the launcher, in the title and beside it, until it is seen', async (t) => {
  const { ada, place } = await talking(t);
  await ada.page.keyboard.press('Escape');
  await ada.panel.waitFor({ state: 'detached' });
  await becomes(() => ada.page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.className), 'launcher');
  await place.send('Are you there?');
  await ada.page.getByRole('button', { name: 'Open chat, 1 unread message' }).waitFor();
  await ada.page.getByRole('complementary').getByText('Are you there?').waitFor();
  await becomes(() => ada.page.title(), '(1) The shop');
  await becomes(() => ada.page.locator('link[rel=icon]').count(), 1);
  assert.deepEqual(await faults(ada.page), []);
  await ada.page.getByRole('button', { name: /^Open chat/ }).click();
  await ada.panel.getByText('New messages', { exact: true }).waitFor();
  await becomes(() => ada.page.title(), 'The shop');
  await becomes(() => ada.page.locator('link[rel=icon]').count(), 0);
});

test('what the page says by the hosted snippet arrives with the chat', async (t) => {
  const say = [
    ['styles', "{ openChat: { color: '#ffffff', backgroundColor: '#123456' } }"],
    ['customerDisplayName', "(callback) => callback('Grace')"],
    ['contactAttributes', "{ page: 'tea' }"],
    ['customDisplayNames', "{ header: { headerMessage: 'Ask the shop' }, footer: { textInputPlaceholder: 'Tell us' } }"],
    ['contactMetadataHandler', '(metadata) => { document.body.dataset.contact = metadata.contactId; }'],
  ];
  const ada = await visit(t, { query: `?hosted&say=${encodeURIComponent(JSON.stringify(say))}` });
  await ada.launcher.click();
  await becomes(() => ada.page.locator('button.launcher').evaluate((b) => getComputedStyle(b).backgroundColor), 'rgb(18, 52, 86)');
  await ada.panel.getByText('Ask the shop').waitFor();
  assert.equal(await ada.panel.getByLabel('Your name').count(), 0);
  await ada.button('Start chat').click();
  await ada.panel.getByRole('textbox', { name: 'Tell us' }).waitFor();
  await ada.log.getByText(/^Welcome/).waitFor();
  const contact = await ada.page.locator('body').getAttribute('data-contact');
  const kept = await (await fetch(`${server.url}/_bellpull/contacts/${contact}`)).text();
  assert.match(kept, /"HostedWidget-page":\s*"tea"/);
  assert.match(kept, /Grace/);
  await ada.page.evaluate(() => globalThis.Bellpull.end());
  await ada.button('Start again').waitFor();
});

test('interactive messages are answered by the keyboard and then stay answered', async (t) => {
  const ask = (templateType, content) => ({
    Identifier: templateType,
    Type: 'MessageParticipant',
    Parameters: { Text: JSON.stringify({ templateType, version: '1.0', data: { content } }) },
  });
  const questions = [
    ask('ListPicker', { title: 'Which tea?', elements: [{ title: 'Green' }, { title: 'Black' }] }),
    ask('TimePicker', { title: 'When?', timeslots: [{ date: '2027-01-04T09:00+00:00', duration: 1800 }] }),
    ask('QuickReply', { title: 'Sure?', elements: [{ title: 'Yes' }, { title: 'No' }] }),
  ];
  const { ada, place } = await talking(t);
  const interactive = 'application/vnd.amazonaws.connect.message.interactive';
  for (const [i, [choice, shown]] of [['Black', 'Black'], [/9:00/, /^4 Jan 2027, \d\d:00$/], ['Yes', 'Yes']].entries()) {
    await place.send(questions[i].Parameters.Text, { ContentType: interactive });
    const button = ada.log.getByRole('button', { name: choice });
    await button.last().focus();
    await ada.page.keyboard.press('Enter');
    await ada.log.locator('.mine').getByText(shown, { exact: true }).waitFor();
  }
  const black = ada.log.getByRole('button', { name: 'Black' });
  await becomes(() => black.getAttribute('aria-disabled'), 'true');
  await becomes(() => black.getAttribute('aria-pressed'), 'true');
  assert.deepEqual(await faults(ada.page), []);
});

test('everything from the form to the end goes by the keyboard', async (t) => {
  const ana = await signIn(t, server);
  const ada = await visit(t);
  const { keyboard } = ada.page;
  const press = async (...keys) => {
    for (const key of keys) await keyboard.press(key);
  };
  /** Waits until the focus is on what is called so. */
  const at = (name) =>
    eventually(async () => {
      const focused = await ada.page.evaluate(() => {
        const el = document.activeElement?.shadowRoot?.activeElement;
        return el?.labels?.[0]?.textContent ?? el?.ariaLabel ?? el?.textContent ?? '';
      });
      assert.match(focused, name);
    });
  await ada.launcher.waitFor();
  await press('Tab', 'Enter');
  await at(/^Your name/);
  await keyboard.type('Ada');
  await press('Enter');
  await at(/^Write a message/);
  const contactId = await eventually(async () => {
    const [contact] = (await ana.snapshot()).contacts.filter((c) => c.state.type === 'connecting');
    assert.ok(contact);
    return contact.contactId;
  });
  const place = await ana.accept(contactId);
  const elements = [{ title: 'Green' }, { title: 'More of it', type: 'hyperlink', url: 'https://example.org' }];
  await place.send(JSON.stringify({ templateType: 'Panel', version: '1.0', data: { content: { title: 'Tea?', elements } } }), {
    ContentType: 'application/vnd.amazonaws.connect.message.interactive',
  });
  await ada.log.getByRole('link', { name: 'More of it' }).waitFor();
  await press('Shift+Tab', 'Shift+Tab');
  await at(/^More of it/);
  await press('Shift+Tab', 'Enter');
  await ada.log.locator('.mine').getByText('Green', { exact: true }).waitFor();
  assert.deepEqual(await faults(ada.page), []);
  await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab');
  await at(/^More options/);
  await press('Enter');
  await at(/^Turn sounds off/);
  await press('End');
  await at(/^End chat/);
  assert.deepEqual(await faults(ada.page), []);
  await press('Enter');
  await at(/^Keep chatting/);
  assert.deepEqual(await faults(ada.page), []);
  await press('Tab', 'Enter');
  await at(/^Start again/);
  assert.deepEqual(await faults(ada.page), []);
  await press('Escape');
  await at(/^Open chat/);
});

test('a page in Arabic has the chat in Arabic, mirrored', async (t) => {
  const ada = await visit(t, { query: '?lang=ar' });
  const launcher = ada.page.getByRole('button', { name: 'فتح المحادثة' });
  await launcher.click();
  await ada.panel.getByRole('heading', { name: 'مرحبًا! كيف يمكننا مساعدتك؟' }).waitFor();
  assert.equal(await ada.panel.evaluate((p) => getComputedStyle(p).direction), 'rtl');
  assert.deepEqual(await faults(ada.page), []);
});

test('a browser that keeps nothing has a chat still', async (t) => {
  const ada = await visit(t, {
    prepare: () => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get: () => { throw new DOMException('denied', 'SecurityError'); } });
      }
    },
  });
  await ada.begin();
  await ada.panel.getByText(/This browser keeps nothing/).waitFor();
  await ada.say('hello');
  await ada.log.getByText('Sent', { exact: true }).waitFor();
  for (const label of ['Turn sounds off', 'Turn sounds on']) {
    await ada.button('More options').click();
    await ada.page.getByRole('menuitem', { name: label }).click();
  }
  await ada.page.evaluate(() => globalThis.Bellpull.end());
  await ada.button('Start again').click();
  await ada.button('Start chat').waitFor();
  assert.deepEqual(ada.complaints, []);
});

test('the styles of a page do not reach the chat, nor does the chat move the page', async (t) => {
  const css = `
    body * { all: revert; padding: 30px; border: 3px solid red; transform: translateX(-200px); letter-spacing: 1em; color: red; visibility: hidden; z-index: 1 }
    div { display: none } button { width: 300px !important }
    :root { --height: 64px; --width: 100px; --radius: 0; --font: cursive; --accent: 0 0% 9% }
    html, body { display: flex; gap: 90px; flex-direction: column; min-height: 100vh; justify-content: center; overflow: hidden }`;
  const plain = await visit(t);
  const styled = await visit(t, { query: `?css=${encodeURIComponent(css)}`, prepare: () => { globalThis.shifts = []; new PerformanceObserver((l) => shifts.push(...l.getEntries())).observe({ type: 'layout-shift', buffered: true }); } });
  await styled.launcher.waitFor();
  assert.deepEqual(await styled.page.evaluate(() => globalThis.shifts.map((s) => s.value)), []);
  const places = [];
  for (const visitor of [plain, styled]) {
    await visitor.launcher.click();
    await visitor.button('Start chat').waitFor();
    await still(visitor.page);
    const parts = ['button.launcher', '.panel', '.home .do', '.home h2'].map((part) => visitor.page.locator(part));
    places.push(await Promise.all(parts.map(async (p) => ({
      ...(await p.boundingBox()),
      ...(await p.evaluate((el) => (({ color, fontFamily, letterSpacing, borderTopLeftRadius }) => ({ color, fontFamily, letterSpacing, borderTopLeftRadius }))(getComputedStyle(el)))),
    }))));
  }
  assert.deepEqual(places[1], places[0]);
});

test('a page that puts another body in place of its own keeps the chat', async (t) => {
  const { ada, place } = await talking(t);
  await ada.page.evaluate(() => {
    document.body = document.createElement('body');
    document.body.textContent = 'Another page';
  });
  await place.send('still here?');
  await ada.sees('still here?');
  await ada.page.evaluate(() => document.body.replaceChildren('And another'));
  await ada.say('Yes');
  await ada.sees('Yes');
});

test('what a page does early, late or not at all is no trouble', async (t) => {
  const say = [
    ['authenticate', '(callback) => { globalThis.asked = (globalThis.asked ?? 0) + 1; globalThis.answer = callback; return 7; }'],
    ['customerDisplayName', '() => { throw new Error("of the page"); }'],
    ['contactAttributes', '{ items: 3, page: "tea", deep: { a: 1 } }'],
    ['customLaunchBehavior', 'null'],
    ['styles', '7'],
  ];
  const ada = await visit(t, { query: `?hosted&say=${encodeURIComponent(JSON.stringify(say))}` });
  await ada.launcher.waitFor();
  await ada.page.evaluate(() => {
    Bellpull.on('ready', () => (document.body.dataset.ready = 'yes'));
    Bellpull.on('start', () => { throw new Error('of a listener'); });
    Bellpull.on('start', ({ contactId }) => (document.body.dataset.contact = contactId));
    Bellpull.send('before there is a chat');
    Bellpull.start({ name: 7, attributes: { vip: true, none: null } });
    Bellpull.start();
  });
  await ada.button('Starting…').waitFor();
  await ada.page.evaluate(() => globalThis.answer(undefined));
  await ada.sees('before there is a chat');
  const body = ada.page.locator('body');
  assert.equal(await body.getAttribute('data-ready'), 'yes');
  assert.equal(await ada.page.evaluate(() => globalThis.asked), 1);
  const kept = await (await fetch(`${server.url}/_bellpull/contacts/${await body.getAttribute('data-contact')}`)).text();
  const attributes = Object.fromEntries([...kept.matchAll(/"HostedWidget-(\w+)":\s*"(\w+)"/g)].map(([, name, value]) => [name, value]));
  assert.deepEqual(attributes, { items: '3', page: 'tea', vip: 'true' });
  await ada.page.evaluate(() => amazon_connect('customLaunchBehavior', { alwaysHideWidgetButton: true }));
  await ada.page.locator('button.launcher').waitFor({ state: 'hidden' });
  await ada.page.evaluate(() => Bellpull.end());
  await ada.button('Start again').waitFor();
});

test('a second start waits for the first, and what ends the chat waits for both', async (t) => {
  const say = [['authenticate', '(callback) => { globalThis.answer = callback; }']];
  const ada = await visit(t, { query: `?hosted&say=${encodeURIComponent(JSON.stringify(say))}` });
  await ada.launcher.waitFor();
  await ada.page.evaluate(() => {
    globalThis.heard = [];
    for (const event of ['start', 'end']) Bellpull.on(event, () => heard.push(event));
    Bellpull.start({ name: 'Ada' });
    Bellpull.start({ name: 'Ada' });
    Bellpull.end();
  });
  await ada.button('Starting…').waitFor();
  await ada.page.evaluate(() => globalThis.answer(undefined));
  await ada.button('Start again').waitFor();
  assert.deepEqual(await ada.page.evaluate(() => globalThis.heard), ['start', 'end']);
});

test('words that look like what they are not are shown as they are', async (t) => {
  const { ada, place } = await talking(t);
  const words = ['2026-99-99T99:99+99:99', '{"selectionText":7}', '<img src=x onerror=alert(1)>', 'https://shop.example/javascript:alert(1)'];
  for (const said of words) {
    await ada.say(said);
    await ada.sees(said);
  }
  await place.send('{"title":"\\q"}', { ContentType: 'application/vnd.amazonaws.connect.message.interactive' }).catch(() => undefined);
  await place.send('And now?');
  await ada.sees('And now?');
  assert.deepEqual(ada.complaints, []);
});

test('what somebody selects stays selected while others write', async (t) => {
  const { ada, place } = await talking(t);
  await place.send('Your number is **4711**', { ContentType: 'text/markdown' });
  const number = ada.log.locator('strong', { hasText: '4711' });
  await number.evaluate((el) => globalThis.chosen = el);
  await place.send('one more');
  await ada.sees('one more');
  assert.equal(await number.evaluate((el) => el === globalThis.chosen), true);
});

test('all of what comes at once is announced, and what was there before is not', async (t) => {
  const { ada, place } = await talking(t);
  const region = ada.page.locator('bellpull-widget [aria-live=polite][aria-atomic]');
  await ada.context.setOffline(true);
  await post(`${server.url}/_bellpull/sockets/close`, {});
  await place.send('first');
  await place.send('second');
  await ada.context.setOffline(false);
  await ada.sees('second');
  await becomes(() => region.textContent(), 'Ana: first\nAna: second');
  await ada.page.reload();
  await ada.sees('second');
  assert.equal(await region.textContent(), '');
});

test('on a phone it is a sheet that the back button closes', async (t) => {
  const ada = await visit(t, { options: { viewport: { width: 320, height: 568 }, hasTouch: true } });
  await ada.launcher.click();
  await ada.button('Start chat').waitFor();
  await still(ada.page);
  const box = await ada.panel.boundingBox();
  assert.deepEqual([box.x, box.y, box.width, Math.round(box.height)], [0, 0, 320, 568]);
  assert.ok(await ada.panel.getByLabel('Your name').evaluate((f) => Number.parseFloat(getComputedStyle(f).fontSize) >= 16));
  assert.deepEqual(await faults(ada.page), []);
  for (let n = 0; n < 6; n++) {
    await ada.page.keyboard.press('Tab');
    assert.equal(await ada.page.evaluate(() => document.activeElement.localName), 'bellpull-widget');
  }
  await ada.page.goBack();
  await ada.panel.waitFor({ state: 'detached' });
  assert.equal(ada.page.url(), site);
});

test('a message that is too long is told before it is sent', async (t) => {
  const ada = await (await visit(t)).begin();
  await ada.field.fill('x'.repeat(1000));
  await ada.panel.getByText('24 characters left').waitFor();
  await ada.field.fill('x'.repeat(1025));
  await ada.panel.getByText('1 character too many').waitFor();
  await ada.field.press('Enter');
  assert.equal(await ada.log.locator('.mine').count(), 0);
  await ada.field.fill('');
  await ada.ends();
});

test('the chat that waits says where it stands, and the page can do everything by itself', async (t) => {
  const ada = await visit(t);
  await ada.launcher.waitFor();
  await ada.page.evaluate(() => {
    globalThis.heard = [];
    for (const event of ['open', 'start', 'message', 'end', 'close']) Bellpull.on(event, () => heard.push(event));
    Bellpull.start({ name: 'Ada', attributes: { topic: 'tea' } });
  });
  await ada.panel.getByText(/^You are (next|number \d+ in line)$/).waitFor();
  assert.deepEqual(await faults(ada.page), []);
  await ada.page.evaluate(() => Bellpull.send('by the page'));
  await ada.sees('by the page');
  await ada.page.evaluate(() => Bellpull.end());
  await ada.button('Start again').waitFor();
  await ada.page.evaluate(() => Bellpull.close());
  const heard = await ada.page.evaluate(() => globalThis.heard);
  for (const event of ['open', 'start', 'message', 'end', 'close']) assert.ok(heard.includes(event), `${event} in ${heard}`);
  await ada.page.evaluate(() => Bellpull.destroy());
  assert.equal(await ada.page.locator('bellpull-widget').count(), 0);
  assert.equal(await ada.page.evaluate(() => typeof globalThis.Bellpull), 'undefined');
});

test('a server that restarts is a moment of quiet', async (t) => {
  const { ada, place } = await talking(t);
  await ada.say('before');
  await ada.log.getByText('Sent', { exact: true }).waitFor();
  await post(`${server.url}/_bellpull/sockets/close`, {});
  await place.send('after');
  await ada.sees('after');
  await ada.sees('before');
  await becomes(() => ada.panel.getByText(/Reconnecting/).count(), 0);
});

test('the launcher has at most 5 KiB and the core 40, compressed', async () => {
  const size = async (name) => gzipSync(await readFile(dist + name), { level: 9 }).length;
  assert.ok((await size('widget.js')) <= 5 << 10, `launcher: ${await size('widget.js')}`);
  const core = (await readdir(`${dist}widget/assets`)).find((n) => /^core-.*\.js$/.test(n));
  const needed = new Set([core]);
  for (const name of needed) {
    const code = await readFile(`${dist}widget/assets/${name}`, 'utf8');
    for (const [, from] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) needed.add(from);
  }
  const sizes = await Promise.all([...needed].map((n) => size(`widget/assets/${n}`)));
  const sum = sizes.reduce((a, b) => a + b, 0);
  assert.ok(sum <= 40 << 10, `core: ${sum} of ${[...needed]}`);
});
