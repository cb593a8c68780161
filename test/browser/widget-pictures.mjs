// Makes the pictures of the widget in docs/screenshots: node browser/widget-pictures.mjs
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openState, startGallery } from '../lib/gallery.mjs';

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const desktop = { width: 432, height: 720 };
const phone = { width: 375, height: 667 };
const pictures = {
  home: [desktop, { state: 'form' }],
  away: [desktop, { state: 'away', theme: 'dark' }],
  queue: [desktop, { state: 'queue' }],
  chat: [desktop, { state: 'chatting' }],
  'chat-dark': [desktop, { state: 'chatting', theme: 'dark', accent: '#3b82f6' }],
  'chat-rtl': [desktop, { state: 'news', lang: 'ar' }],
  offline: [desktop, { state: 'outbox' }],
  list: [desktop, { state: 'list' }],
  times: [desktop, { state: 'times', accent: '#7c3aed' }],
  carousel: [desktop, { state: 'carousel', theme: 'dark' }],
  idle: [phone, { state: 'idle' }],
  phone: [phone, { state: 'chatting' }],
  'phone-dark': [phone, { state: 'form', theme: 'dark', accent: '#facc15' }],
  ended: [desktop, { state: 'ended', lang: 'de' }],
};

await mkdir(folder, { recursive: true });
const gallery = await startGallery();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const [name, [viewport, query]] of Object.entries(pictures)) {
    // 432 is still a phone's width to the widget: on a desktop there is more page, which is not in the picture.
    const wide = viewport === desktop ? { width: 1000, height: viewport.height } : viewport;
    const page = await browser.newPage({ viewport: wide, reducedMotion: 'reduce' });
    await openState(page, gallery, query);
    const clip = { x: wide.width - viewport.width, y: 0, ...viewport };
    await page.screenshot({ path: `${folder}widget-${name}.png`, clip });
    await page.close();
  }
} finally {
  await browser.close();
  gallery.stop();
}
