// Real Chromium with a page of another origin than the server's, holding the
// unmodified file of ChatJS.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { undo } from './undo.mjs';
import { eventually, patience } from './wire.mjs';

const chatJs = createRequire(import.meta.url).resolve('amazon-connect-chatjs/dist/amazon-connect-chat.js');
const here = (name) => fileURLToPath(new URL(`../conformance/js/page/${name}`, import.meta.url));
const files = {
  '/': ['text/html; charset=utf-8', here('index.html')],
  '/page.js': ['text/javascript; charset=utf-8', here('page.js')],
  '/amazon-connect-chat.js': ['text/javascript; charset=utf-8', chatJs],
};

/** Starts a browser and the origin of its pages for the calling test file; server is whom its ChatJS pages talk to. */
export async function startBrowser(server) {
  const site = createServer(async (request, response) => {
    const [contentType, file] = files[new URL(request.url, 'http://x').pathname] ?? [];
    if (file === undefined) return response.writeHead(404).end();
    response.setHeader('Content-Type', contentType);
    response.end(await readFile(file));
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  after(async () => {
    await browser.close();
    site.close();
    site.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${site.address().port}/`;
  return {
    page: (t, prepare) => openPage(t, browser, origin, server, prepare),
    context: (t, options) => openContext(t, browser, options),
  };
}

/** Opens a browser profile of its own, closed after the test. */
async function openContext(t, browser, options) {
  const context = await browser.newContext(options);
  undo(t, () => context.close());
  context.setDefaultTimeout(patience);
  return context;
}

/** Opens a page in a browser profile of its own; prepare runs in it before any script does. */
async function openPage(t, browser, origin, server, prepare) {
  const context = await openContext(t, browser);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(String(e)));
  if (prepare !== undefined) await page.addInitScript(prepare);
  await page.goto(origin);
  return new ChatPage(page, server, complaints);
}

class ChatPage {
  constructor(page, server, complaints) {
    this.page = page;
    this.server = server;
    /** What the browser wrote to its console as an error; blocked requests are among it. */
    this.complaints = complaints;
  }

  /** Opens a customer's session with a startChatResult exactly as the backend gave it. */
  connect(name, chatDetails, more = {}) {
    const options = { endpoint: this.server.url, region: this.server.region, type: 'CUSTOMER', chatDetails, ...more };
    return this.page.evaluate(([n, o]) => openSession(n, o), [name, options]);
  }

  /** Opens an agent's session on the agent's own socket. */
  connectAgent(name, chatDetails, socketUrl, token) {
    const options = { endpoint: this.server.url, region: this.server.region, type: 'AGENT', chatDetails };
    return this.page.evaluate(([n, o, u, tk]) => openAgentSession(n, o, u, tk), [name, options, socketUrl, token]);
  }

  /** Calls a method of a session; fails when it rejects. */
  async call(name, method, argument) {
    const outcome = await this.attempt(name, method, argument);
    assert.equal(outcome.rejected, undefined, `${method}: ${JSON.stringify(outcome.rejected)}`);
    return outcome.value;
  }

  attempt(name, method, argument) {
    return this.page.evaluate(([n, m, a]) => callSession(n, m, a), [name, method, argument]);
  }

  say(name, message, more = {}) {
    return this.call(name, 'sendMessage', { contentType: 'text/plain', message, ...more });
  }

  /** Everything the session reported, or what it reported of one kind. */
  async events(name, kind) {
    const all = await this.page.evaluate((n) => log[n], name);
    return kind === undefined ? all : all.filter((e) => e.event === kind);
  }

  /** Waits until the session has reported what is wanted, and answers it. */
  reported(name, want, within = patience) {
    return eventually(async () => {
      const all = await this.events(name);
      const found = all.find(want);
      assert.ok(found, `nothing reported for ${want} in:\n${all.map((e) => JSON.stringify(e)).join('\n')}`);
      return found;
    }, within);
  }

  heard(name, content, within) {
    return this.reported(name, new Function('e', `return e.event === 'onMessage' && e.data?.Content === ${JSON.stringify(content)}`), within);
  }
}
