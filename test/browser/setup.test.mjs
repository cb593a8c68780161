// The first steps of a new owner: from the link that an empty server prints to
// a chat on the test page, and how widgets are kept afterwards.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBrowser } from '../lib/browser.mjs';
import { faults } from '../lib/faults.mjs';
import { startNewServer, startServer } from '../lib/server.mjs';
import { undo } from '../lib/undo.mjs';
import { becomes, ok, post } from '../lib/wire.mjs';

const browser = await startBrowser();
const password = 'kettle sky moss window';

/** What a browser's console may say of requests that a test made fail. */
const expected = /Failed to load resource/;

async function open(t, url, options = {}) {
  const context = await browser.context(t, { viewport: { width: 1280, height: 900 }, locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'], ...options });
  return tab(t, context, url);
}

async function tab(t, context, url) {
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !expected.test(m.text()) && complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(String(e)));
  undo(t, () => assert.deepEqual(complaints, []));
  if (url !== undefined) await page.goto(url);
  return page;
}

const field = (page, name) => page.getByRole('textbox', { name, exact: true });
const button = (page, name) => page.getByRole('button', { name, exact: true });
const head = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

/** Copies what is named so, and answers what the clipboard has then. */
async function copied(page, name) {
  const copy = page.locator('.copy').filter({ has: button(page, `Copy ${name}`) });
  await copy.getByRole('button').click();
  await copy.getByRole('status').getByText('Copied').waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Fills in the first step and goes on to the second. */
async function found(page, { username = 'mia' } = {}) {
  await field(page, 'First name').fill('Mia');
  await field(page, 'User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button(page, 'Go on').click();
  await head(page, 'How shall it look?');
}

test('a stranger has a chat on a page within two minutes', { timeout: 120_000 }, async (t) => {
  const began = Date.now();
  const server = await startNewServer(t);
  const page = await open(t, server.link);
  await head(page, 'Welcome. Who are you?');
  await found(page);
  assert.ok(!page.url().includes(server.link.split('#')[1]), 'the token is out of the address');

  await field(page, 'Title').fill('Ask the');
  const preview = page.frameLocator('iframe[title="Preview of the widget"]');
  await preview.getByText('Ask the', { exact: true }).first().waitFor();
  await page.keyboard.type(' shop'); // the preview, which opens anew, leaves the focus where it is
  await preview.getByText('Ask the shop', { exact: true }).first().waitFor();
  assert.equal(await field(page, 'Title').inputValue(), 'Ask the shop');
  await button(page, 'Save and go on').click();
  await head(page, 'Where may it be?');
  await field(page, 'Addresses of your sites').fill('shop.example.org');
  await button(page, 'Save and go on').click();
  await head(page, 'Put it on your site');
  assert.match(await copied(page, 'the snippet'), new RegExp(`^<script src="${server.url}/widget.js" data-widget="[0-9a-f-]{36}" async></script>$`));

  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Try it' }).click();
  const site = await opened;
  await site.getByRole('button', { name: /^Open chat/ }).waitFor();
  assert.deepEqual(await faults(site), []);
  const desk = await tab(t, page.context(), `${server.url}/desk/`); // signed in by the first step
  await desk.getByRole('button', { name: /^Status:/ }).click();
  await desk.getByRole('menuitem', { name: /^Available/ }).click();
  await site.getByRole('button', { name: /^Open chat/ }).click();
  const panel = site.getByRole('dialog');
  await panel.getByLabel('Your name').fill('Ada');
  await panel.getByRole('button', { name: 'Start chat' }).click();
  await desk.getByRole('article', { name: 'Incoming chat from Ada' }).getByRole('button', { name: 'Accept' }).click();
  await desk.getByRole('textbox', { name: 'Message to Ada' }).fill('Welcome to the shop');
  await desk.keyboard.press('Enter');
  await panel.getByText('Welcome to the shop').first().waitFor();
  t.diagnostic(`after ${Math.round((Date.now() - began) / 1000)} s, the start of the server included`);
});

test('what is wrong is told beside the field, and a password kindly', async (t) => {
  const { link } = await startNewServer(t);
  const page = await open(t, link);
  await button(page, 'Go on').click();
  await page.getByText('What will you sign in with?').waitFor();
  await becomes(() => field(page, 'User name').getAttribute('aria-invalid'), 'true');
  await becomes(() => page.evaluate(() => document.activeElement.name), 'username');
  assert.deepEqual(await faults(page), []);
  await field(page, 'User name').fill('mia kay');
  const secret = page.getByLabel('Password', { exact: true });
  await secret.fill('kettle');
  await page.getByText('4 more characters. A sentence is fine.').waitFor();
  await button(page, 'Go on').click();
  await page.getByText('Letters, digits and . _ @ + - alone.').waitFor();
  await field(page, 'User name').fill('mia');
  await secret.fill('miamiamiamia');
  await page.getByText(/Easy to guess/).waitFor();
  await secret.fill(password);
  await page.getByText('Very good.').waitFor();
  assert.equal(await secret.getAttribute('type'), 'password');
  await button(page, 'Show the password').click();
  await becomes(() => page.getByLabel('Password', { exact: true }).getAttribute('type'), 'text');
});

test('the first steps by keyboard alone', async (t) => {
  const { link } = await startNewServer(t);
  const page = await open(t, link);
  await becomes(() => page.evaluate(() => document.activeElement.name), 'firstName');
  const type = async (...keys) => {
    for (const key of keys) await (key.length > 1 && /^(Tab|Enter|Shift\+Tab|Space)$/.test(key) ? page.keyboard.press(key) : page.keyboard.type(key));
  };
  await type('Mia', 'Tab', 'Kay', 'Tab', 'mia', 'Tab', password, 'Enter');
  const at = (title) => becomes(() => page.evaluate(() => document.activeElement.textContent), title);
  await at('How shall it look?');
  await reach(page, 'Save and go on');
  await type('Enter');
  await at('Where may it be?');
  await reach(page, 'Save and go on');
  await type('Enter');
  await at('Put it on your site');
  await reach(page, 'Copy the snippet');
  await type('Enter');
  await page.getByText('Copied', { exact: true }).first().waitFor();
});

/** Goes on by Tab until something of this name has the focus. */
async function reach(page, name) {
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)) === name) return;
  }
  assert.fail(`${name} cannot be reached by Tab`);
}

test('links that are used up, wrong or missing', async (t) => {
  const { link, url } = await startNewServer(t);
  const late = await open(t, link);
  await head(late, 'Welcome. Who are you?');
  const bare = await open(t, `${url}/setup/`);
  await bare.getByText('Please use the link that the server printed').waitFor();
  const wrong = await open(t, `${url}/setup/#nonsense`);
  await field(wrong, 'User name').fill('eve');
  await wrong.getByLabel('Password', { exact: true }).fill(password);
  await button(wrong, 'Go on').click();
  await wrong.getByText('This link is not good any more').waitFor();
  assert.deepEqual(await faults(wrong), []);

  await found(await open(t, link));
  await field(late, 'User name').fill('eve');
  await late.getByLabel('Password', { exact: true }).fill(password);
  await button(late, 'Go on').click();
  await late.getByText(/Somebody has used this link already/).waitFor();
  await late.reload();
  await head(late, 'This link has been used');
  await field(late, 'User name').fill('mia');
  await late.getByLabel('Password', { exact: true }).fill('not the one');
  await button(late, 'Sign in').click();
  await late.getByText('The user name or the password is wrong.').waitFor();
  await late.getByLabel('Password', { exact: true }).fill(password);
  await button(late, 'Sign in').click();
  await head(late, 'Widgets');
});

/** The list of widgets of a development server, to an administrator. */
async function keeping(t, options) {
  const server = await startServer(t);
  const page = await open(t, `${server.url}/desk/`, options);
  await button(page, 'ana').click();
  await page.getByRole('button', { name: /settings, shortcuts, sign out/ }).click();
  await page.getByRole('menuitem', { name: 'Widgets' }).click();
  await head(page, 'Widgets');
  return { server, page };
}

test('administrators come from the desk, edit a widget and delete one', async (t) => {
  const { server, page } = await keeping(t);
  await button(page, 'Edit Demo').click();
  await field(page, 'Accent colour').fill('#ffcc00');
  await page.getByText(/hard to read: 1\.5 to 1/).waitFor();
  await page.getByRole('button', { name: /^Use #/ }).click();
  await page.getByText(/White words on it read well/).waitFor();
  await page.getByLabel('Logo').setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
  await page.getByRole('img', { name: 'The logo' }).waitFor();
  await page.getByLabel('Logo').setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer: Buffer.alloc(60_000) });
  await page.getByText(/It is too large: 59 KB/).waitFor();
  await button(page, 'Save').click();
  await page.getByText('Saved.').waitFor();
  const id = page.url().match(/#w\/([^/]+)/)[1];
  const { look } = await (await fetch(`${server.url}/widget/${id}/config`)).json();
  assert.notEqual(look.colors.accent, '#ffcc00');
  assert.match(look.logo, /^data:image\/svg\+xml/);

  await page.getByRole('button', { name: /Where and who/ }).click();
  await field(page, 'Addresses of your sites').fill('https://a.*.b');
  await button(page, 'Save and go on').click();
  await page.getByRole('alert').getByText('https://a.*.b is not the address of a site.').waitFor();
  await field(page, 'Addresses of your sites').fill('*');
  await button(page, 'Save and go on').click();
  await button(page, 'All widgets').click();
  await button(page, 'Delete Demo').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No widget yet').waitFor();
  assert.equal((await fetch(`${server.url}/widget/${id}/config`)).status, 404);
});

test('signed starts: the secret, its change, and code that makes a token', async (t) => {
  const { server, page } = await keeping(t);
  await button(page, 'Edit Demo').click();
  await page.getByRole('button', { name: /Where and who/ }).click();
  await page.getByRole('switch', { name: /Only your own server/ }).press('Space');
  await page.getByRole('region', { name: 'the secret' }).getByText('•'.repeat(44)).waitFor();
  await button(page, 'Change the secret').click();
  await page.getByText(/both count\. Give your server/).waitFor();
  const secret = await copied(page, 'the secret');
  assert.equal(secret.length, 44);
  await button(page, 'Finish the change').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Finish' }).click();
  await page.getByText('Only the new secret counts now.').waitFor();
  assert.deepEqual(await faults(page), []);
  const code = await copied(page, 'the code for Node');
  for (const language of ['Python', 'Go', 'PHP']) {
    await page.getByRole('tab', { name: language }).click();
    await page.getByRole('region', { name: `the code for ${language}` }).getByText('HS256').waitFor();
  }
  await button(page, 'Save and go on').click();
  await page.getByRole('region', { name: 'the snippet' }).getByText("amazon_connect('authenticate'").waitFor();

  const id = page.url().match(/#w\/([^/]+)/)[1];
  const folder = await mkdtemp(join(tmpdir(), 'setup-'));
  undo(t, () => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'token.mjs'), code);
  process.env.WIDGET_SECRET = secret;
  const { chatToken } = await import(pathToFileURL(join(folder, 'token.mjs')));
  const start = (token) => post(`${server.url}/widget/${id}/start`, { displayName: 'Ada', token });
  assert.equal((await start(undefined)).status, 403);
  assert.ok((await ok(start(chatToken({ plan: 'gold' })))).participantToken);

  const site = await tab(t, page.context(), `${server.url}/setup/test.html?widget=${id}`); // signs by itself
  await site.getByRole('button', { name: /^Open chat/ }).click();
  await site.getByRole('dialog').getByRole('button', { name: 'Start chat' }).click();
  await site.getByRole('dialog').getByRole('textbox', { name: 'Write a message' }).waitFor();
});

test('those who are no administrators are told so', async (t) => {
  const server = await startServer(t);
  const page = await open(t, `${server.url}/desk/`);
  await button(page, 'ben').click();
  await page.getByRole('button', { name: /settings, shortcuts, sign out/ }).click();
  assert.equal(await page.getByRole('menuitem', { name: 'Widgets' }).count(), 0);
  await page.goto(`${server.url}/setup/`);
  await page.getByText('Widgets are kept by administrators').waitFor();
});

test('every step is accessible in both themes, narrow and at 200 %, and has its picture', async (t) => {
  const folder = process.env.SCREENSHOTS === undefined ? null : fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
  if (folder !== null) await mkdir(folder, { recursive: true });
  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 400, height: 860 } }],
    ['large', { viewport: { width: 640, height: 450 }, reducedMotion: 'reduce' }],
  ]) {
    const { link } = await startNewServer(t);
    const page = await open(t, link, options);
    const good = async (step) => {
      assert.deepEqual(await faults(page), [], `${name}: ${step}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name}, ${step}: ${wide} px too wide`);
      if (folder !== null && name !== 'large') await page.screenshot({ path: `${folder}setup-${step}-${name}.png` });
    };
    await field(page, 'First name').fill('Mia');
    await field(page, 'Last name').fill('Kay');
    await field(page, 'User name').fill('mia');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await good('user');
    await button(page, 'Go on').click();
    await head(page, 'How shall it look?');
    await page.frameLocator('iframe[title="Preview of the widget"]').getByRole('dialog', { includeHidden: true }).waitFor({ state: 'attached' });
    await good('look');
    await button(page, 'Save and go on').click();
    await head(page, 'Where may it be?');
    await field(page, 'Addresses of your sites').fill('https://shop.example.org');
    await page.getByRole('switch', { name: /Only your own server/ }).press('Space');
    await good('where');
    await button(page, 'Save and go on').click();
    await head(page, 'Put it on your site');
    await good('paste');
    await button(page, 'All widgets').click();
    await head(page, 'Widgets');
    await good('list');
  }
});
