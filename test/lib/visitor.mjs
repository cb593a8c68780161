// A customer at a site that has the widget, in a browser of their own.
import assert from 'node:assert/strict';
import { eventually } from './wire.mjs';

/** Opens a page in a browser profile of its own; prepare runs in it before any script does. */
export async function visit(browser, t, address, { options = {}, prepare } = {}) {
  const context = await browser.context(t, { locale: 'en-GB', ...options });
  if (prepare !== undefined) await context.addInitScript(prepare);
  return new Visitor(context, await context.newPage(), address).open();
}

/** A visitor of a site with the widget: a tab, and what one finds and does there. */
class Visitor {
  complaints = [];

  constructor(context, page, address) {
    this.context = context;
    this.page = page;
    this.address = address;
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && this.complaints.push(m.text()));
    page.on('pageerror', (e) => this.complaints.push(String(e)));
    this.launcher = page.getByRole('button', { name: /^Open chat/ });
    this.panel = page.getByRole('dialog');
    this.log = page.getByRole('log');
    this.field = page.getByRole('textbox', { name: 'Write a message' });
  }

  async open() {
    await this.page.goto(this.address);
    return this;
  }

  button(name) {
    return this.panel.getByRole('button', { name, exact: true });
  }

  /** Another tab of the same browser. */
  async tab() {
    return new Visitor(this.context, await this.context.newPage(), new URL('/', this.address).href).open();
  }

  async begin(name = 'Ada') {
    await this.launcher.click();
    await this.panel.getByLabel('Your name').fill(name);
    await this.button('Start chat').click();
    await this.field.waitFor();
    return this;
  }

  /** Ends the chat, and waits until it has: a page that closes before leaves it to the next agent. */
  async ends() {
    await this.page.evaluate(() => globalThis.Bellpull.end());
    await this.field.waitFor({ state: 'detached' });
  }

  async say(words) {
    await this.field.fill(words);
    await this.field.press('Enter');
  }

  async sees(words, times = 1) {
    const found = this.log.getByText(words, { exact: true });
    await eventually(async () => assert.equal(await found.count(), times, words));
  }
}
