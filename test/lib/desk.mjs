// An agent at the desk, in a browser of their own.
import assert from 'node:assert/strict';
import { undo } from './undo.mjs';
import { eventually } from './wire.mjs';

/** What a browser's console may say of requests that a test made fail. */
const expected = /Failed to load resource|WebSocket connection|net::ERR_/;

/** Signs an agent in at the desk, in a browser profile of its own; prepare runs in it before any script does. */
export async function sitDown(browser, t, server, username = 'ana', { options = {}, prepare } = {}) {
  const context = await browser.context(t, { viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
  if (prepare !== undefined) await context.addInitScript(prepare);
  const desk = await new Desk(context, server).open();
  await desk.page.getByRole('button', { name: username, exact: true }).click();
  await desk.page.getByRole('button', { name: /^Status:/ }).waitFor();
  undo(t, () => assert.deepEqual(desk.complaints, []));
  return desk;
}

class Desk {
  complaints = [];

  constructor(context, server) {
    this.context = context;
    this.server = server;
  }

  async open() {
    this.page = await this.context.newPage();
    this.page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !expected.test(m.text()) && this.complaints.push(m.text()));
    this.page.on('pageerror', (e) => this.complaints.push(String(e)));
    await this.page.goto(`${this.server.url}/desk/`);
    return this;
  }

  /** Another tab of the same browser. */
  tab() {
    return new Desk(this.context, this.server).open();
  }

  async available() {
    await this.page.getByRole('button', { name: /^Status:/ }).click();
    await this.page.getByRole('menuitem', { name: /^Available/ }).click();
    await this.page.getByRole('button', { name: 'Status: Available' }).waitFor();
    return this;
  }

  offer(name) {
    return this.page.getByRole('article', { name: `Incoming chat from ${name}` });
  }

  async accept(name) {
    await this.offer(name).getByRole('button', { name: 'Accept' }).click();
    await this.box(name).waitFor();
  }

  pane(name) {
    return this.page.getByRole('region', { name: `Chat with ${name}` });
  }

  box(name) {
    return this.page.getByRole('textbox', { name: `Message to ${name}` });
  }

  log(name) {
    return this.page.getByRole('log', { name: `Messages with ${name}` });
  }

  row(name) {
    return this.page.getByRole('navigation', { name: 'Chats' }).getByRole('button', { name: new RegExp(name) });
  }

  async say(name, words) {
    await this.box(name).fill(words);
    await this.box(name).press('Enter');
  }

  async sees(name, words, times = 1) {
    const found = this.log(name).getByText(words, { exact: true });
    await eventually(async () => assert.equal(await found.count(), times, words));
  }
}
