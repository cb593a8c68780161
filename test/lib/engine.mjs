// The headless chat client of web/chat in a page of another origin than the
// server's, built as the package is. The page has no look: it is asked.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = fileURLToPath(new URL('../../web/', import.meta.url));

/** Builds web/chat as one module and answers its text. */
async function bundle() {
  const { build } = await import(pathToFileURL(createRequire(`${web}package.json`).resolve('vite')).href);
  const [{ output }] = await build({
    configFile: false,
    root: web,
    logLevel: 'error',
    build: { write: false, lib: { entry: 'chat/index.ts', formats: ['es'], fileName: 'chat' } },
  });
  return output[0].code;
}

// Chats are started at the personal backend, so that no widget has to be made.
const script = `
  import { createChat } from './chat.js';
  const base = new URL(location.href).searchParams.get('server');
  window.chat = createChat({
    base,
    widget: 'test',
    async startChat({ name }, ClientToken) {
      const response = await fetch(base + '/start-chat', { method: 'POST', body: JSON.stringify({ ParticipantDetails: { DisplayName: name }, ClientToken }) });
      const { ContactId, ParticipantId, ParticipantToken } = (await response.json()).data.startChatResult;
      return { contactId: ContactId, participantId: ParticipantId, participantToken: ParticipantToken };
    },
  });
  // Whatever is on the screen twice, for however short.
  window.doubles = [];
  window.shown = () => [...chat.state.items.filter((i) => i.kind === 'message' && i.author?.role !== 'SYSTEM').map((i) => i.content), ...chat.state.outbox.map((o) => o.content)];
  chat.subscribe(() => { const all = shown(); if (new Set(all).size < all.length) doubles.push(all); });
  window.resumed = chat.resume();
`;

/** Serves the page for the calling test file and answers its address. With ?csp the page may not open WebSockets. */
export async function startSite(after) {
  const files = { '/': ['text/html', '<!doctype html><title>Chat</title><script type="module" src="page.js"></script>'], '/page.js': ['text/javascript', script], '/chat.js': ['text/javascript', await bundle()] };
  const site = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    const [contentType, body] = files[pathname] ?? [];
    if (body === undefined) return response.writeHead(404).end();
    response.setHeader('Content-Type', contentType);
    if (searchParams.has('csp')) response.setHeader('Content-Security-Policy', `default-src 'self'; connect-src ${searchParams.get('server')}`);
    response.end(body);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  after(() => {
    site.close();
    site.closeAllConnections();
  });
  return `http://127.0.0.1:${site.address().port}/`;
}
