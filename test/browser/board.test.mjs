// The supervisors' board against a real server, by mouse and by keyboard, and
// with as many agents as a large floor has.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../lib/browser.mjs';
import { agent, customer } from '../lib/chat.mjs';
import { faults } from '../lib/faults.mjs';
import { startServer } from '../lib/server.mjs';
import { watchTasks, within } from '../lib/speed.mjs';
import { undo } from '../lib/undo.mjs';
import { becomes, eventually, ok, patience, post } from '../lib/wire.mjs';

const server = await startServer();
const browser = await startBrowser(server);
const door = (path, body = {}) => ok(post(`${server.url}/_bellpull/${path}`, body));

/** What a browser's console may say of requests that a test made fail. */
const expected = /Failed to load resource|WebSocket connection/;

/** Opens the board as a supervisor, in a browser profile of its own; floor answers GetBoard and GetTrend in the server's place. */
async function board(t, { path = '/desk/board', who = 'ana', floor, ...options } = {}) {
  if (floor === undefined) await door('reset');
  const context = await browser.context(t, { viewport: { width: 1400, height: 900 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !expected.test(m.text()) && complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(String(e)));
  undo(t, () => assert.deepEqual(complaints, []));
  if (floor !== undefined) {
    await page.route('**/api', (route) => {
      const operation = route.request().headers()['x-amz-target']?.split('.').at(-1);
      const answer = floor[operation];
      return answer === undefined ? route.continue() : route.fulfill({ json: answer() });
    });
  }
  await page.goto(server.url + path);
  await page.getByRole('button', { name: who, exact: true }).click();
  await page.getByRole('button', { name: /^Status:/ }).waitFor({ state: 'attached' });
  return page;
}

const part = (page, name) => page.getByRole('region', { name, exact: true });
const figure = (page, label) => part(page, 'Now and today').locator('.stat:not(.board-agents-now), dl > div').filter({ has: page.getByRole('button', { name: label, exact: true }) });
const reads = (locator, words) => eventually(async () => assert.match((await locator.innerText()).replaceAll('\n', ' '), words));
const waiting = (page, name) => part(page, 'Waiting customers').getByRole('row', { name: new RegExp(name) }).first();
const visitor = (t, name) => customer(t, server, { ParticipantDetails: { DisplayName: name } });

test('who waits, why, and who is given it', async (t) => {
  const page = await board(t);
  const ben = await agent(t, server, 'ben');
  await ben.state('Break');
  await reads(figure(page, 'Waiting'), /Waiting 0/);
  await visitor(t, 'Ada');
  await reads(figure(page, 'Waiting'), /Waiting 1/);
  await reads(part(page, 'Queues').getByRole('row', { name: /BasicQueue/ }), /BasicQueue 1|BasicQueue\s+1/);
  await door('clock', { advance: '25s' });
  await reads(waiting(page, 'Ada'), /0:[2-5]\d/);
  await reads(figure(page, 'Oldest wait'), /Over 20 s/);
  await part(page, 'Queues').getByText('Late').waitFor();

  await page.getByRole('button', { name: 'Why is Ada waiting?' }).click();
  const why = page.getByRole('dialog', { name: 'Why is Ada waiting?' });
  await why.getByText('Number 1 in BasicQueue.').waitFor();
  await reads(why.getByRole('listitem').filter({ hasText: 'ben' }), /Takes no chats in this status/);
  assert.deepEqual(await faults(page), []);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Assign Ada' }).click();
  await page.getByRole('dialog', { name: 'Assign Ada' }).getByRole('button', { name: /^Assign to Ben/ }).click();
  await page.getByText(/Ada goes to Ben/).waitFor();
  await eventually(async () => assert.equal((await ben.snapshot()).contacts[0]?.state.type, 'connecting'));
});

test('agents, their chats, and listening in', async (t) => {
  const page = await board(t);
  const ben = await agent(t, server, 'ben');
  const ada = await visitor(t, 'Ada');
  const place = await ben.accept(ada.contactId);
  await ada.send('Hello?');
  await page.getByRole('button', { name: /^Status:/ }).click();
  await page.getByRole('menuitem', { name: /^Break/ }).click();

  const row = part(page, 'Agents').getByRole('article', { name: /^Ben/ });
  await reads(row, /Available .*1 of \d.*Ada/s);
  await reads(figure(page, 'Busy'), /1/);
  await row.getByRole('button', { name: /^Ada in BasicQueue/ }).click();
  await page.getByRole('menuitem', { name: /join in if need be/ }).click();
  await page.getByRole('region', { name: 'Chat with Ada' }).waitFor();
  await page.getByText('Hello?', { exact: true }).first().waitFor();
  assert.equal(new URL(page.url()).pathname, '/desk/');
  assert.ok(place.participantId);

  await page.getByRole('link', { name: 'Board' }).click();
  await row.getByRole('button', { name: /^Set the status of Ben/ }).click();
  await page.getByRole('menuitem', { name: /^Break/ }).click();
  const asks = page.getByRole('alertdialog', { name: /to Break\?/ });
  await asks.getByText('It counts once they are over.').waitFor();
  await asks.getByRole('button', { name: 'Set to Break' }).click();
  await reads(row, /next Break/);
});

test('queues are sorted, and figures explained, by keyboard alone', async (t) => {
  const page = await board(t, { floor: largeFloor() });
  const head = (name) => part(page, 'Queues').getByRole('columnheader', { name });
  await head('Abandoned').getByRole('button').focus();
  await page.keyboard.press('Shift+Tab');
  await page.getByRole('tooltip').getByText('CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT').waitFor();
  await page.keyboard.press('Enter');
  await becomes(() => head('Handled').getAttribute('aria-sort'), 'descending');
  const sorted = (order) => eventually(async () => {
    const column = (await part(page, 'Queues').locator('tbody td:nth-child(6)').allInnerTexts()).map(Number);
    assert.deepEqual(column, column.toSorted(order));
  });
  await sorted((a, b) => b - a);
  await page.keyboard.press('Enter');
  await becomes(() => head('Handled').getAttribute('aria-sort'), 'ascending');
  await sorted((a, b) => a - b);
  await figure(page, 'Oldest wait').getByRole('button').focus();
  await page.keyboard.press('Tab');
  await page.getByRole('tooltip').getByText('SERVICE_LEVEL').waitFor();
});

test('charts are read by keyboard, as a table, and in a sentence', async (t) => {
  const page = await board(t, { floor: largeFloor() });
  const chart = page.getByRole('group', { name: /^Contacts\. Since .* arrived, .* were handled and .* abandoned/ });
  const point = chart.locator('[tabindex="0"]');
  await point.focus();
  const last = await point.getAttribute('aria-label');
  await page.keyboard.press('ArrowLeft');
  await eventually(async () => {
    const before = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    assert.notEqual(before, last);
    assert.match(before, /^\d\d:\d\d to \d\d:\d\d: \d+ arrived, \d+ handled, \d+ abandoned$/);
  });
  await page.keyboard.press('Home');
  await becomes(() => page.evaluate(() => document.activeElement.dataset.point), '0');
  await becomes(() => chart.locator('[tabindex="0"]').count(), 1);
  await page.getByRole('button', { name: 'Contacts as a table' }).click();
  const rows = page.getByRole('region', { name: 'Contacts', exact: true }).getByRole('row');
  await becomes(() => rows.count(), trendLength + 1);
  await page.getByRole('button', { name: 'Contacts as a chart' }).click();
  await chart.waitFor();
});

test('a board that cannot be reached says how old its figures are, asks less often, and comes back', async (t) => {
  const page = await board(t);
  await reads(figure(page, 'Waiting'), /Waiting 0/);
  let asked = 0;
  await page.route('**/api', (route) => {
    if (!route.request().headers()['x-amz-target'].endsWith('GetBoard')) return route.continue();
    asked++;
    return route.abort();
  });
  await page.getByText(/These figures are \d+ seconds old/).waitFor();
  const before = asked;
  await page.waitForTimeout(2500);
  assert.ok(asked - before <= 1, `asked ${asked - before} times in 2.5 s`);
  await page.unroute('**/api');
  await page.getByText(/These figures are/).waitFor({ state: 'detached', timeout: 30_000 + patience }); // the longest pause between attempts
});

test('agents have no board', async (t) => {
  const page = await board(t, { who: 'ben' });
  assert.equal(await page.getByRole('link', { name: 'Board' }).count(), 0);
  assert.equal(await page.getByRole('region', { name: 'Board' }).count(), 0);
});

test('200 agents of 5 chats each are as smooth as a few', async (t) => {
  const page = await board(t, { floor: largeFloor(200, 5) });
  const list = part(page, 'Agents');
  await list.getByRole('article').first().waitFor();
  assert.ok((await list.getByRole('article').count()) < 40, 'only those in sight are drawn');
  const longest = await watchTasks(page);
  await within(t, page, 'the longest task of some boards', 150, async () => {
    await page.waitForTimeout(3000); // some boards, each with all its clocks moved
    return longest();
  });
  await list.locator('.board-agents').evaluate((e) => (e.scrollTop = e.scrollHeight));
  await list.getByRole('article', { name: 'Agent 200' }).waitFor();
  await list.getByRole('searchbox').fill('Agent 17');
  await list.getByRole('article', { name: 'Agent 170' }).waitFor();
  await reads(list.getByRole('heading'), /11 of 200/);
});

test('the board is accessible in both themes, narrow, at 200 %, and on a wall', async (t) => {
  for (const options of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { viewport: { width: 360, height: 740 } },
    { viewport: { width: 700, height: 450 }, reducedMotion: 'reduce' },
    { colorScheme: 'dark', path: '/desk/board?wall' },
  ]) {
    const page = await board(t, { floor: largeFloor(12, 3), ...options });
    await part(page, 'Queues').waitFor();
    await page.locator('.chart svg').first().waitFor();
    assert.deepEqual(await faults(page), [], JSON.stringify(options));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${JSON.stringify(options)}: ${wide} px too wide`);
  }
});

test('a wall screen shows figures and no commands', async (t) => {
  const page = await board(t, { floor: largeFloor(12, 3) });
  await page.getByRole('button', { name: 'Wall screen' }).click();
  await page.getByRole('region', { name: 'Agents', exact: true }).waitFor({ state: 'detached' });
  await becomes(() => page.getByRole('navigation', { name: 'Places' }).isVisible(), false);
  assert.match(page.url(), /\?wall$/);
  await page.getByRole('button', { name: 'Back to the desk' }).click();
  await page.getByRole('navigation', { name: 'Places' }).waitFor();
});

const trendLength = 48;

/** A floor with much going on, in the form that the server has for it. */
function largeFloor(agents = 14, chats = 3) {
  const names = ['Orders', 'Returns', 'Billing', 'Technical help', 'Sales', 'Deutsch'];
  const people = ['Ada Lovelace', 'Bob Marsh', 'Cleo Quist', 'Dan Ito', 'Eve Moreau', 'Finn Olsen', 'Gita Rao', 'Hugo Brandt'];
  const states = [['Available', 'routable'], ['Available', 'routable'], ['Available', 'routable'], ['Break', 'not_routable'], ['Offline', 'offline']];
  const mix = (i, n) => (i * 7919 + 13) % n;
  const began = Date.now() / 1000;
  return {
    GetBoard: () => {
      const at = Date.now() / 1000;
      const queues = names.map((name, i) => {
        const count = [4, 0, 2, 1, 0, 0][i];
        return {
          id: `q${i}`, name, waiting: count, oldest: count === 0 ? null : at - began + [47, 0, 14, 3, 0, 0][i], available: mix(i, 4), staffed: 4 + mix(i, 5), inContact: 3 + mix(i, 4),
          contacts: 6 + mix(i, 9), slotsAvailable: 5, handledToday: 40 + mix(i + 3, 90), abandonedToday: mix(i, 7), serviceLevel: i === 5 ? null : 0.7 + mix(i, 30) / 100, target: 20,
        };
      });
      const list = Array.from({ length: agents }, (_, i) => {
        const [state, stateType] = agents > 100 ? states[0] : states[mix(i, 5)];
        const many = stateType === 'offline' ? 0 : agents > 100 ? chats : mix(i + 1, chats + 1);
        return {
          username: `agent${i + 1}`, name: agents > 100 ? `Agent ${i + 1}` : ['Ana Silva', 'Ben Okoye', 'Carla Weiss', 'Dilan Kaya', 'Emma Lund', 'Farid Aziz', 'Greta Vos', 'Hana Mori', 'Ivo Petrov', 'Jane Doyle', 'Kofi Mensah', 'Lea Fischer', 'Milan Novak', 'Nora Lind'][i % 14],
          state, stateType, since: stateType === 'offline' ? null : began - 300 - 61 * i, capacity: 5,
          contacts: Array.from({ length: many }, (_, j) => ({
            contactId: `c${i}-${j}`, customer: people[mix(i + j, 8)], queue: names[mix(i + j, 6)], state: j === 2 ? 'ended' : 'connected', since: began - 40 - 17 * j - 5 * i,
          })),
        };
      });
      const lines = [['Orders', 47], ['Orders', 31], ['Billing', 14], ['Orders', 12], ['Orders', 5], ['Billing', 4], ['Technical help', 3]];
      return {
        at, queues, agents: list,
        waiting: lines.map(([queue, age], i) => ({ contactId: `w${i}`, queueId: '', queue, customer: people[i], since: began - age, position: 1 + lines.slice(0, i).filter(([q]) => q === queue).length, rings: i === 6 })),
      };
    },
    GetTrend: () => ({
      seconds: 300,
      buckets: Array.from({ length: trendLength }, (_, i) => {
        const arrived = Math.round(14 + 9 * Math.sin(i / 6) + mix(i, 5));
        const abandoned = mix(i, 9) === 0 ? 2 : 0;
        return { start: Math.floor(began / 300) * 300 - (trendLength - 1 - i) * 300, arrived, handled: Math.max(0, arrived - mix(i, 4)), abandoned, waitP50: 6 + mix(i, 9), waitP95: 16 + mix(i, 37) };
      }),
    }),
  };
}

test('the pictures of the documentation', async (t) => {
  const folder = process.env.SCREENSHOTS === undefined ? null : fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
  if (folder !== null) await mkdir(folder, { recursive: true });
  for (const [name, options] of [
    ['light', { colorScheme: 'light', viewport: { width: 1400, height: 1500 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1400, height: 1500 } }],
    ['narrow', { colorScheme: 'light', viewport: { width: 420, height: 1400 } }],
    ['wall', { colorScheme: 'dark', path: '/desk/board?wall', viewport: { width: 1920, height: 1080 } }],
  ]) {
    const page = await board(t, { floor: largeFloor(), ...options });
    await page.locator('.chart svg').first().waitFor();
    await page.waitForTimeout(300); // the charts take the room that they have
    const picture = await page.screenshot(folder === null ? {} : { path: `${folder}board-${name}.png` });
    assert.ok(picture.length > 10_000);
  }
});
