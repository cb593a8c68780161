// Starts the built binary, once for a test file, and stops it as an operator would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';
import { undo } from './undo.mjs';
import { eventually, patience } from './wire.mjs';

const binary = process.env.BELLPULL ?? fileURLToPath(new URL('../../bin/bellpull', import.meta.url));

/**
 * Starts `bellpull dev` on a free port and answers the content of its ready
 * file. The server is stopped after the calling file's last test, or after the
 * one test that is given, and must then end soon. One whose data
 * are lasting can crash, and be started again on them. seed is the text of a seed
 * file; the server follows what reseed makes of it.
 */
export async function startServer(t, { lasting = false, seed } = {}) {
  const { first, process } = await begin(t, async (dir, address) => {
    const file = join(dir, 'seed.yaml');
    if (seed !== undefined) await writeFile(file, seed);
    return ['dev', '--listen', address, ...(lasting ? ['--data', join(dir, 'data')] : []), ...(seed === undefined ? [] : ['--seed', file])];
  });
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

/** Starts the binary on a free port, with the arguments for a directory and an address. */
async function begin(t, argumentsFor) {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-'));
  const process = new Process(dir, argumentsFor);
  const stop = () => process.stop();
  if (t === undefined) after(stop);
  else undo(t, stop);
  return { first: await process.start('127.0.0.1:0'), process };
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
