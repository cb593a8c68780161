// Starts the built binary, once for a test file, and stops it as an operator would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';

const binary = process.env.BELLPULL ?? fileURLToPath(new URL('../../bin/bellpull', import.meta.url));

/**
 * Starts `bellpull dev` on a free port and answers the content of its ready
 * file. The server is stopped after the calling file's last test, or after the
 * one test that is given, and must then end within a few seconds. One whose data
 * are lasting can crash, and be started again on them.
 */
export async function startServer(t, { lasting = false } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-'));
  const readyFile = join(dir, 'ready.json');
  const more = lasting ? ['--data', join(dir, 'data')] : [];
  let log = '';
  let child, ended;
  const start = async (address) => {
    await rm(readyFile, { force: true });
    child = spawn(binary, ['dev', '--listen', address, '--ready', readyFile, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => (log += d));
    ended = once(child, 'exit');
    const deadline = Date.now() + 10_000;
    while (!(await exists(readyFile))) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}\n${log}`);
      if (Date.now() > deadline) throw new Error(`no ready file after 10 s\n${log}`);
      await sleep(10);
    }
    return JSON.parse(await readFile(readyFile, 'utf8'));
  };

  const cleanUp = t === undefined ? after : t.after.bind(t);
  cleanUp(async () => {
    child.kill('SIGTERM');
    const [code, signal] = await Promise.race([ended, sleep(5000, ['still running after 5 s'], { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
    assert.equal(code, 0, `after SIGTERM: ${code ?? signal}\n${log}`);
  });

  const server = await start('127.0.0.1:0');
  if (!lasting) return server;
  return {
    ...server,
    async crash() {
      child.kill('SIGKILL');
      await ended;
    },
    restart: () => start(new URL(server.url).host),
  };
}

const exists = (file) => access(file).then(() => true, () => false);
