// The widget's gallery, in which every state can be looked at alone.
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = fileURLToPath(new URL('../../web/', import.meta.url));

/** Serves the gallery from its sources, and answers its address and how to stop. */
export async function startGallery() {
  const { createServer } = await import(pathToFileURL(createRequire(`${web}package.json`).resolve('vite')).href);
  const vite = await createServer({
    configFile: `${web}widget/vite.config.ts`,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await vite.listen();
  return { url: `http://127.0.0.1:${vite.httpServer.address().port}/widget/gallery/index.html`, stop: () => vite.close() };
}

/** Opens a state of the gallery and waits until it has been drawn. */
export async function openState(page, gallery, query) {
  await page.goto(`${gallery.url}?${new URLSearchParams(query)}`);
  await page.locator('body[data-ready]').waitFor({ state: 'attached' });
}
