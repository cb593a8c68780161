// The demo pages, used as a person uses them: both sides in one window, opened
// by the host name people type, which is not the one socket addresses have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser } from '../lib/browser.mjs';
import { faults } from '../lib/faults.mjs';
import { startServer } from '../lib/server.mjs';
import { becomes, typesUntil } from '../lib/wire.mjs';

const browser = await startBrowser();

/** Starts a server for one test and answers where its demo is. */
async function demoOf(t) {
  const { url } = await startServer(t);
  return `${url.replace('127.0.0.1', 'localhost')}/demo/`;
}

/** Opens a page in a browser profile of its own and answers it with what the browser complained about. */
async function open(t, url, options = {}) {
  const context = await browser.context(t, options);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(String(e)));
  await page.goto(url);
  return { page, complaints };
}

const pane = (page, name) => page.frameLocator(`iframe[title="${name}"]`);

async function signIn(agent) {
  await agent.getByRole('button', { name: 'ana', exact: true }).click();
  await agent.getByRole('button', { name: /^Status:/ }).click();
  await agent.getByRole('menuitem', { name: /^Available/ }).click();
}

/** A chat between the two panes of the index page, accepted. */
async function chatting(t) {
  const { page, complaints } = await open(t, await demoOf(t), { viewport: { width: 1600, height: 900 } });
  const [customer, agent] = [pane(page, 'Customer'), pane(page, 'Agent')];
  await signIn(agent);
  await customer.getByLabel('Your name').fill('Ada');
  await customer.getByRole('button', { name: 'Start chat' }).click();
  await agent.getByRole('button', { name: 'Accept' }).click();
  await agent.getByLabel('Message to Ada').waitFor();
  return { page, customer, agent, complaints };
}

const written = { customer: 'Message', agent: 'Message to Ada' };
const say = async (side, as, words) => {
  await side.getByLabel(written[as], { exact: true }).fill(words);
  await side.getByLabel(written[as], { exact: true }).press('Enter');
};
const seen = (side, words) => side.getByRole('log').getByText(words, { exact: true }).waitFor();

test('two people talk, see each other type and read, and part', async (t) => {
  const { customer, agent, complaints } = await chatting(t);
  await typesUntil(customer.getByLabel('Message', { exact: true }), agent.getByRole('region', { name: 'Chat with Ada' }).getByText('Ada is typing…'));
  await say(customer, 'customer', 'hello');
  await seen(agent, 'hello');
  await typesUntil(agent.getByLabel('Message to Ada'), customer.getByText('Ana is typing…'));
  await say(agent, 'agent', 'how can I help?');
  await seen(customer, 'how can I help?');
  await agent.getByText('Read', { exact: true }).waitFor();
  await customer.getByText('Read', { exact: true }).waitFor();

  await customer.getByRole('button', { name: 'End chat' }).click();
  await customer.getByRole('button', { name: 'Start again' }).waitFor();
  await agent.getByRole('button', { name: 'Close contact' }).first().waitFor();
  await agent.getByText(/^The chat has ended/).waitFor();
  assert.deepEqual(complaints, []);
});

test('a reload of either side goes on where it was', async (t) => {
  const { page, customer, agent } = await chatting(t);
  await say(customer, 'customer', 'before');
  await seen(agent, 'before');
  await page.reload();
  await seen(customer, 'before');
  await agent.getByRole('navigation', { name: 'Chats' }).getByRole('button', { name: /Ada/ }).click();
  await seen(agent, 'before');
  await say(agent, 'agent', 'after');
  await seen(customer, 'after');
  await becomes(() => customer.getByRole('log').getByText('before', { exact: true }).count(), 1);
});

test('everything can be done with the keyboard alone', async (t) => {
  const { page } = await open(t, `${await demoOf(t)}customer/`);
  await page.getByLabel('Your name').press('Enter');
  await page.getByLabel('Message', { exact: true }).waitFor();
  await page.keyboard.press('Tab');
  const reached = new Set();
  for (let n = 0; n < 12; n++) {
    reached.add(await page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id));
    await page.keyboard.press('Tab');
  }
  for (const name of ['End chat', 'message']) assert.ok([...reached].some((r) => r.includes(name)), `${name} is not in ${[...reached]}`);
  await page.getByRole('button', { name: 'End chat' }).press('Enter');
  await page.getByRole('button', { name: 'Start again' }).waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds no fault with the pages, ${colorScheme}`, async (t) => {
    const { page } = await open(t, await demoOf(t), { colorScheme, viewport: { width: 1600, height: 900 } });
    const [customer, agent] = [pane(page, 'Customer'), pane(page, 'Agent')];
    await agent.getByRole('button', { name: 'ana', exact: true }).waitFor();
    assert.deepEqual(await faults(page), []);
    await signIn(agent);
    await customer.getByRole('button', { name: 'Start chat' }).click();
    await agent.getByRole('button', { name: 'Accept' }).click();
    await customer.getByLabel('Message', { exact: true }).waitFor();
    assert.deepEqual(await faults(page), []);
    await customer.getByRole('button', { name: 'End chat' }).click();
    await customer.getByRole('button', { name: 'Start again' }).waitFor();
    assert.deepEqual(await faults(page), []);
  });
}

test('a page shows the widget of a development server', async (t) => {
  const { page, complaints } = await open(t, `${await demoOf(t)}widget/`);
  await page.getByRole('button', { name: /chat/i }).click();
  await page.getByRole('button', { name: 'Start chat' }).click();
  await page.getByRole('log').getByText(/Welcome/).waitFor();
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(complaints, []);
});
