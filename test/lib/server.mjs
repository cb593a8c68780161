// Starts the built binary, once for a test file, and stops it as an operator would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';
import { undo } from './undo.mjs';
import { eventually, patience } from './wire.mjs';

const binary = process.env.BELLPULL ?? fileURLToPath(new URL('../../bin/bellpull', import.meta.url));

/** A server of the developers, at which chats ring for so long that the busiest machine has time to accept them. */
const settings = 'ring: 2m\nlost_after: 0s\nlimits: {rates: off}\n';

/**
 * Starts `bellpull dev` on a free port and answers the content of its ready
 * file. The server is stopped after the calling file's last test, or after the
 * one test that is given, and must then end soon. One whose data
 * are lasting can crash, and be started again on them. seed is the text of a seed
 * file; the server follows what reseed makes of it.
 */
export async function startServer(t, { lasting = false, seed } = {}) {
  const { first, process } = await begin(t, async (dir, address) => {
    const [config, file] = [join(dir, 'bellpull.yaml'), join(dir, 'seed.yaml')];
    await writeFile(config, settings);
    if (seed !== undefined) await writeFile(file, seed);
    return ['dev', '--config', config, '--listen', address, ...(lasting ? ['--data', join(dir, 'data')] : []), ...(seed === undefined ? [] : ['--seed', file])];
  }, lasting ? await freeAddress() : undefined);
  if (!lasting) return { ...first, reseed: (text) => writeFile(join(process.dir, 'seed.yaml'), text) };
  return {
    ...first,
    crash: () => process.crash(),
    restart: () => process.start(new URL(first.url).host),
  };
}

/**
 * Starts `bellpull serve` on an empty data directory, as a new owner does, and
 * answers the content of its ready file and the link that it prints.
 */
export async function startNewServer(t) {
  const { first, process } = await begin(t, async (dir, address) => {
    const config = join(dir, 'bellpull.yaml');
    await writeFile(config, `listen: ${JSON.stringify(address)}\ndata: ${JSON.stringify(join(dir, 'data'))}\n`);
    return ['serve', '--config', config];
  });
  const link = await eventually(() => {
    const [found] = process.log.match(/http\S+\/setup\/#\S+/) ?? [];
    assert.ok(found, `no link in:\n${process.log}`); // what a process says comes by another way than its ready file
    return found;
  });
  return { ...first, link };
}

/**
 * An address that nobody uses, and that a server can come back to: meanwhile the
 * system gives it to no outgoing connection, as it might one that it chose itself.
 */
export async function freeAddress() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').then(() => true, () => false);
    if (!free) continue;
    await new Promise((done) => probe.close(done));
    return `127.0.0.1:${port}`;
  }
}

/** Starts the binary at an address, on a free port where none is given, with the arguments for a directory and the address. */
async function begin(t, argumentsFor, address = '127.0.0.1:0') {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-'));
  const process = new Process(dir, argumentsFor);
  const stop = () => process.stop();
  if (t === undefined) after(stop);
  else undo(t, stop);
  return { first: await process.start(address), process };
}

class Process {
  log = '';

  constructor(dir, argumentsFor) {
    this.dir = dir;
    this.argumentsFor = argumentsFor;
    this.readyFile = join(dir, 'ready.json');
  }

  /** Answers the content of the ready file. */
  async start(address) {
    await rm(this.readyFile, { force: true });
    this.child = spawn(binary, [...(await this.argumentsFor(this.dir, address)), '--ready', this.readyFile], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (d) => (this.log += d));
    this.ended = once(this.child, 'exit');
    const deadline = Date.now() + patience;
    while (!(await exists(this.readyFile))) {
      if (this.child.exitCode !== null) throw new Error(`the server ended with ${this.child.exitCode}\n${this.log}`);
      if (Date.now() > deadline) throw new Error(`no ready file after ${patience} ms\n${this.log}`);
      await sleep(10);
    }
    return JSON.parse(await readFile(this.readyFile, 'utf8'));
  }

  async crash() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop() {
    this.child.kill('SIGTERM');
    const [code, signal] = await Promise.race([this.ended, sleep(patience, [`still running after ${patience} ms`], { ref: false })]);
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
    assert.equal(code, 0, `after SIGTERM: ${code ?? signal}\n${this.log}`);
  }
}

const exists = (file) => access(file).then(() => true, () => false);
