/// <reference types="vitest/config" />
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const chatJsPath = createRequire(import.meta.url).resolve('amazon-connect-chatjs');
const chatJsName = 'demo/amazon-connect-chat.js';

/** Puts ChatJS where the customer page loads it, byte for byte as npm has it. */
function chatJs(): Plugin {
  return {
    name: 'chatjs',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: chatJsName, source: readFileSync(chatJsPath) });
    },
    configureServer(server) {
      server.middlewares.use(`/${chatJsName}`, (_, response) => {
        response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
        response.end(readFileSync(chatJsPath));
      });
    },
  };
}

/** Leaves the build ready to be embedded: every text beside its gzip form, so that the server compresses nothing. */
export function embeddable(): Plugin {
  const texts = new Set(['.html', '.css', '.js', '.svg']);
  return {
    name: 'embeddable',
    writeBundle({ dir }) {
      if (dir === undefined) return;
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (texts.has(extname(name))) writeFileSync(join(dir, `${name}.gz`), gzipSync(readFileSync(join(dir, name)), { level: 9 }));
      }
      writeFileSync(join(dir, '.keep'), ''); // the one committed file, emptied away with the last build
    },
  };
}

export default defineConfig({
  plugins: [chatJs(), embeddable()],
  build: {
    assetsDir: 'desk/assets',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['demo/index.html', 'demo/customer/index.html', 'demo/widget/index.html', 'desk/index.html', 'setup/index.html', 'setup/preview.html', 'setup/test.html'] },
  },
  server: {
    // A running server answers what the pages ask; BELLPULL_URL says where.
    proxy: Object.fromEntries(
      ['/participant', '/events', '/attachments', '/start-chat', '/auth', '/api', '/demo/config.json', '/setup/state', '/setup/user', '/widget'].map((path) => [
        path,
        process.env['BELLPULL_URL'] ?? 'http://127.0.0.1:2355',
      ]),
    ),
  },
  test: { include: ['{chat,demo,ui,desk,widget,setup}/**/*.test.{ts,tsx}'] },
});
