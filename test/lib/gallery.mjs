// The widget's gallery, in which every state can be looked at alone.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from './wire.mjs';

const web = fileURLToPath(new URL('../../web/', import.meta.url));

/** Serves the gallery from its sources, and answers its address and how to stop. */
export async function startGallery(port = 24490) {
  const vite = spawn('node_modules/.bin/vite', ['--config', 'widget/vite.config.ts', '--host', '127.0.0.1', '--port', String(port), '--strictPort'], {
    cwd: web,
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}/widget/gallery/index.html`;
  await eventually(async () => {
    if (!(await fetch(url)).ok) throw new Error('the gallery is not served yet');
  });
  return { url, stop: () => vite.kill() };
}

/** Opens a state of the gallery and waits until it has been drawn. */
export async function openState(page, gallery, query) {
  await page.goto(`${gallery.url}?${new URLSearchParams(query)}`);
  await page.locator('body[data-ready]').waitFor({ state: 'attached' });
}
