// J2 in a cluster: every node behind a balancer is drained, ended and started
// again, while people talk. Unmodified ChatJS in Chromium must not notice more
// than a socket that comes back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBalancer } from '../../lib/balancer.mjs';
import { startBrowser } from '../../lib/browser.mjs';
import { agent, start } from '../../lib/chat.mjs';
import { insist, messages, startLoad } from '../../lib/persist.mjs';
import { freeAddress } from '../../lib/server.mjs';
import { eventually } from '../../lib/wire.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const binary = process.env.BELLPULL ?? join(root, 'bin/bellpull');
const size = 3;
const rounds = process.env.BELLPULL_SOAK ? 20 : 2;

/** Starts PostgreSQL and NATS, and answers where they are. */
async function startBacking(dir) {
  const program = join(dir, 'backing'); // go run would not hand the end of the input on
  const [code] = await once(spawn('go', ['build', '-o', program, './test/backing'], { cwd: root, stdio: 'inherit' }), 'exit');
  assert.equal(code, 0, 'go build ./test/backing');
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  after(async () => {
    child.stdin.end();
    await ended;
  });
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  return JSON.parse(line);
}

/** Starts the nodes and the balancer before them. */
async function startCluster() {
  const dir = await mkdtemp(join(tmpdir(), 'cluster-'));
  after(() => rm(dir, { recursive: true, force: true }));
  const backing = await startBacking(dir);
  const balancer = await startBalancer();
  after(() => balancer.close());
  const nodes = [];
  for (let i = 0; i < size; i++) {
    const node = { address: await freeAddress(), data: join(dir, `node${i}`), log: '' };
    const config = join(dir, `node${i}.yaml`);
    await writeFile(config, [
      `listen: ${node.address}`, `public_url: ${balancer.url}`, `data: ${node.data}`,
      `store: ${JSON.stringify(backing.store)}`, `nats: {url: ${JSON.stringify(backing.nats.join(','))}}`,
      'drain: {grace: 1s, spread: 1s, on_stop: true}', // the balancer needs 0.2 s to notice
      'start_chat: {per_address: {burst: 0}, per_session: {burst: 0}}', 'sign_in: {per_address: {burst: 0}}', 'transcripts: {dir: none}',
    ].join('\n'));
    node.begin = async () => {
      const ready = `${config}.ready`;
      await rm(ready, { force: true });
      node.child = spawn(binary, ['serve', '--config', config, '--ready', ready], { stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [node.child.stdout, node.child.stderr]) stream.on('data', (d) => (node.log += d));
      node.ended = once(node.child, 'exit');
      await eventually(async () => assert.ok(existsSync(ready), node.log));
      return JSON.parse(await readFile(ready, 'utf8'));
    };
    node.end = async () => {
      node.child.kill('SIGTERM'); // which drains first
      const [code] = await node.ended;
      assert.equal(code, 0, node.log);
    };
    node.info = await node.begin();
    balancer.add(node.address);
    nodes.push(node);
  }
  after(() => Promise.all(nodes.map((n) => n.end())));
  await eventually(async () => assert.equal(balancer.ready(), size));
  const first = JSON.parse(await readFile(join(nodes[0].data, 'first-run.json'), 'utf8'));
  return { balancer, nodes, server: { ...nodes[0].info, agents: [{ username: first.username, password: first.password }] } };
}

const { balancer, nodes, server } = await startCluster();
const browser = await startBrowser(server);

test(`J2 ChatJS survives ${rounds} rolling restarts of ${size} nodes under load`, async (t) => {
  const ana = await agent(t, server, server.agents[0].username);
  const page = await browser.page(t);
  const chat = await start(server);
  await page.connect('ada', chat, { disableCSM: true });
  const mine = await ana.accept(chat.ContactId);
  const load = startLoad(t, server, 4);

  const said = [];
  for (let r = 1; r <= rounds; r++) {
    const before = (await page.events('ada', 'onConnectionEstablished')).length;
    for (const [i, node] of nodes.entries()) {
      let waiting = true;
      const going = (async () => {
        await node.end();
        await node.begin();
        await eventually(async () => assert.equal(balancer.ready(), size));
      })();
      going.finally(() => (waiting = false)).catch(() => {});
      for (let n = 0; waiting; n++) {
        const { data } = await page.say('ada', `ada ${r}.${i}.${n}`); // fails when ChatJS gives up
        said.push(data.Id);
        said.push(await insist(server, mine.token, `ana ${r}.${i}.${n}`));
        await sleep(50);
      }
      await going;
      const live = `after node ${i} in round ${r}`;
      said.push(await insist(server, mine.token, live));
      await page.heard('ada', live);
    }
    // Every node has been drained, so the page's socket has moved once at least.
    assert.ok((await page.events('ada', 'onConnectionEstablished')).length > before, 'the socket has moved');
  }
  const others = await load.end();
  assert.ok(others > 100, `the others said ${others} things`);

  assert.deepEqual((await page.events('ada')).filter((e) => e.event === 'onConnectionBroken'), []);
  assert.deepEqual((await messages(server, mine.token)).map((m) => m.Id), said, 'what was acknowledged, once and in order');
  const heard = (await page.events('ada', 'onMessage')).map((e) => e.data.Id);
  assert.equal(new Set(heard).size, heard.length, 'nothing is heard twice');
});
