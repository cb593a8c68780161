// The headless chat client in real Chromium, against the real server: whatever
// goes wrong between them, each message is there once, in order.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { agent } from '../lib/chat.mjs';
import { startBrowser } from '../lib/browser.mjs';
import { startSite } from '../lib/engine.mjs';
import { startServer } from '../lib/server.mjs';
import { becomes, eventually, post, send } from '../lib/wire.mjs';

const shared = await startServer();
const browser = await startBrowser();
const site = await startSite(after);

/** A tab with the chat of a server in it. */
async function tab(context, server, query = '') {
  const page = await context.newPage();
  await page.goto(`${site}?server=${encodeURIComponent(server.url)}${query}`);
  await page.waitForFunction(() => window.chat !== undefined);
  const t = {
    page,
    state: () => page.evaluate(() => ({ ...chat.state, deliveries: [...chat.state.deliveries.values()] })),
    say: (words) => page.evaluate((w) => chat.send(w), words),
    /** Says something and waits until it has been said. */
    tell: async (words) => {
      await t.say(words);
      await t.is({ outbox: [] });
    },
    shown: () => page.evaluate(() => shown()),
    doubles: () => page.evaluate(() => window.doubles),
    shows: (want, within) => eventually(async () => assert.deepEqual(await t.shown(), want), within),
    is: (want, within) => eventually(async () => assert.deepEqual(pick(await t.state(), want), want), within),
  };
  return t;
}

const pick = (state, like) => Object.fromEntries(Object.keys(like).map((k) => [k, state[k]]));

/** A chat of Ada in a tab with Ana, who can speak. */
async function talk(t, options = {}) {
  const { server = shared } = options;
  const ana = await agent(server === shared ? t : { after: () => undefined }, server);
  const context = await browser.context(t);
  await options.prepare?.(context);
  const ada = await tab(context, server, options.query);
  await ada.page.evaluate(() => chat.start({ name: 'Ada', attributes: {} }));
  await ada.is({ phase: 'open', line: 'live' });
  const place = await ana.accept((await ada.state()).contact);
  return { server, context, ada, ana, answer: (words) => send(server, place.token, words) };
}

const numbers = (n, prefix = '') => Array.from({ length: n }, (_, i) => `${prefix}${i + 1}`);

test('two tabs share a line and show the same; one goes on when the other is closed', async (t) => {
  const { server, context, ada, answer } = await talk(t);
  const second = await tab(context, server);
  assert.equal(await second.page.evaluate(() => window.resumed), true);
  await ada.tell('from the first');
  await second.tell('from the second');
  await answer('to both');
  for (const each of [ada, second]) await each.shows(['from the first', 'from the second', 'to both']);
  // Ada has one socket for her two tabs, Ana has the other.
  await becomes(async () => (await (await fetch(`${server.url}/_bellpull/inspect`)).json()).sockets, 2);
  await ada.page.close();
  await second.tell('alone');
  await answer('not quite');
  await second.shows(['from the first', 'from the second', 'to both', 'alone', 'not quite']);
  assert.deepEqual(await second.doubles(), []);
  const third = await tab(context, server);
  await third.shows(['from the first', 'from the second', 'to both', 'alone', 'not quite']);
  await third.page.evaluate(() => chat.end());
  await second.is({ phase: 'ended' });
});

test('a page that is reloaded while it sends has said each thing once', async (t) => {
  const { ada, answer } = await talk(t);
  // Answers get lost, and what was asked for has been done all the same.
  await ada.page.route('**/participant/message', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await ada.page.evaluate((all) => all.forEach((w) => chat.send(w)), numbers(10));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await ada.page.unrouteAll({ behavior: 'ignoreErrors' }); // some are on their way
  await ada.page.reload();
  await ada.page.waitForFunction(() => window.chat?.state.phase === 'open');
  await answer('I see');
  await becomes(async () => (await ada.shown()).length, 11);
  assert.deepEqual((await ada.shown()).filter((w) => w !== 'I see'), numbers(10));
  assert.deepEqual(await ada.doubles(), []);
});

test('sockets that die take nothing with them', async (t) => {
  const { server, ada, answer } = await talk(t);
  const want = [];
  for (let i = 1; i <= 20; i++) {
    if (i % 3 === 0) await post(`${server.url}/_bellpull/sockets/close`, {});
    await ada.tell(`m${i}`);
    await answer(`a${i}`);
    want.push(`m${i}`, `a${i}`);
  }
  await ada.shows(want);
  assert.deepEqual(await ada.doubles(), []);
});

test('without WebSockets there are events, without events there are polls', async (t) => {
  for (const transport of ['events', 'poll']) {
    await t.test(transport, async (t) => {
      const { ada, answer } = await talk(t, {
        query: '&csp',
        prepare: (context) => transport === 'poll' && context.route(/\/events\?/, (route) => route.abort()),
      });
      await ada.is({ transport, line: 'live' });
      for (let i = 1; i <= 5; i++) {
        await ada.tell(`m${i}`);
        await answer(`a${i}`);
      }
      await ada.shows(numbers(5).flatMap((i) => [`m${i}`, `a${i}`]));
      await ada.page.evaluate(() => chat.end());
      await ada.is({ phase: 'ended' });
      assert.deepEqual(await ada.doubles(), []);
    });
  }
});

test('a server that is killed and started again goes on with the chat', async (t) => {
  for (const query of ['', '&csp']) {
    await t.test(query === '' ? 'with a WebSocket' : 'with events', async (t) => {
      const server = await startServer(t, { lasting: true });
      const { ada, answer } = await talk(t, { query, server });
      await answer('before');
      await ada.shows(['before']);
      await server.crash();
      for (const words of numbers(5)) await ada.say(words);
      await ada.is({ line: 'reconnecting' });
      await server.restart();
      await ada.is({ outbox: [] }, 40_000);
      await answer('after');
      await ada.shows(['before', ...numbers(5), 'after']);
      await ada.is({ line: 'live', transport: query === '' ? 'websocket' : 'events' });
      assert.deepEqual(await ada.doubles(), []);
    });
  }
});
