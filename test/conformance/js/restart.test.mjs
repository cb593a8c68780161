// J2, J3: a server that is replaced under its clients. Unmodified ChatJS in
// Chromium must not notice more than a socket that comes back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../../lib/browser.mjs';
import { agent, start } from '../../lib/chat.mjs';
import { listen, poll } from '../../lib/events.mjs';
import { insist, messages, startLoad } from '../../lib/persist.mjs';
import { connection, eventually } from '../../lib/wire.mjs';

const binary = process.env.BELLPULL ?? fileURLToPath(new URL('../../../bin/bellpull', import.meta.url));
const restarts = 10;

/** Starts `bellpull serve`, and answers its ready file and how to replace it. */
async function serve() {
  const dir = await mkdtemp(join(tmpdir(), 'restart-'));
  const file = (name) => join(dir, name);
  await writeFile(file('config.yaml'), [
    'listen: 127.0.0.1:0', `data: ${file('data')}`,
    'start_chat: {per_address: {burst: 0}, per_session: {burst: 0}}', 'sign_in: {per_address: {burst: 0}}',
  ].join('\n'));
  let log = '';
  const child = spawn(binary, ['serve', '--config', file('config.yaml'), '--ready', file('ready.json')], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => (log += d));
  const ready = async () => JSON.parse(await readFile(file('ready.json'), 'utf8'));
  const gone = (pid) => !existsSync(`/proc/${pid}`) || child.exitCode !== null && pid === child.pid;
  await eventually(async () => assert.ok(existsSync(file('ready.json')), log));
  const first = JSON.parse(await readFile(file('data/first-run.json'), 'utf8'));
  after(async () => {
    const { pid } = await ready();
    process.kill(pid, 'SIGTERM');
    await eventually(async () => assert.ok(gone(pid), log));
    await rm(dir, { recursive: true, force: true });
  });
  const server = { ...(await ready()), agents: [{ username: first.username, password: first.password }] };
  return {
    server,
    /** Has a successor take over, and waits until the old process has ended. */
    async replace() {
      const { pid } = await ready();
      process.kill(pid, 'SIGUSR2');
      await eventually(async () => assert.notEqual((await ready()).pid, pid, log));
      await eventually(async () => assert.ok(gone(pid), `process ${pid} goes on\n${log}`));
    },
  };
}

const { server, replace } = await serve();
const browser = await startBrowser(server);

test(`J2 J3 ChatJS survives ${restarts} restarts under load`, async (t) => {
  const ana = await agent(t, server, server.agents[0].username);
  const page = await browser.page(t);
  const chat = await start(server);
  await page.connect('ada', chat, { disableCSM: true });
  const mine = await ana.accept(chat.ContactId);

  const load = startLoad(t, server, 4); // others talk meanwhile

  const said = [];
  for (let r = 1; r <= restarts; r++) {
    const before = (await page.events('ada', 'onConnectionEstablished')).length;
    const going = replace();
    let waiting = true;
    going.finally(() => (waiting = false)).catch(() => {});
    for (let n = 0; waiting; n++) {
      const text = `ada ${r}.${n}`;
      const { data } = await page.say('ada', text); // fails when ChatJS gives up
      said.push(data.Id);
      said.push(await insist(server, mine.token, `ana ${r}.${n}`));
      await sleep(100);
    }
    await going;
    await eventually(async () => assert.ok((await page.events('ada', 'onConnectionEstablished')).length > before));
    const live = `after restart ${r}`;
    said.push(await insist(server, mine.token, live));
    await page.heard('ada', live);
  }
  const others = await load.end();
  assert.ok(others > 100, `the others said ${others} things`);

  assert.deepEqual((await page.events('ada')).filter((e) => e.event === 'onConnectionBroken'), []);
  assert.deepEqual((await messages(server, mine.token)).map((m) => m.Id), said, 'what was acknowledged, once and in order');
  const heard = (await page.events('ada', 'onMessage')).map((e) => e.data.Id);
  assert.equal(new Set(heard).size, heard.length, 'nothing is heard twice');
});

test('J2 streams of events and long polls go on where they were, over restarts', async (t) => {
  const { token } = await connection(server, (await start(server)).ParticipantToken);
  const readers = [listen(t, server, token), poll(t, server, token)];
  await eventually(() => assert.ok(readers.every((r) => r.opened > 0)));
  const said = [];
  for (let r = 1; r <= 3; r++) {
    const going = replace();
    let waiting = true;
    going.finally(() => (waiting = false)).catch(() => {});
    for (let n = 0; waiting; n++) {
      said.push(await insist(server, token, `ada ${r}.${n}`));
      await sleep(50);
    }
    await going;
    said.push(await insist(server, token, `after restart ${r}`));
  }
  for (const reader of readers) {
    await eventually(() => assert.equal(reader.items.at(-1)?.Content, 'after restart 3'));
    assert.deepEqual(reader.items.filter((i) => i.Type === 'MESSAGE' && i.ParticipantRole === 'CUSTOMER').map((i) => i.Id), said, 'each once, in order');
    assert.ok(reader.opened > 3, `opened ${reader.opened} times`);
  }
});
