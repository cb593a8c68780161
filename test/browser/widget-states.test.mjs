// The states of the widget's gallery, the most telling ones also in the dark and
// mirrored: axe finds nothing, and nothing is wider than the narrowest screen.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startBrowser } from '../lib/browser.mjs';
import { faults } from '../lib/faults.mjs';
import { openState, startGallery } from '../lib/gallery.mjs';

const states = [
  ...['home', 'form', 'away', 'refused', 'resuming', 'queue', 'next', 'chatting', 'typing', 'news', 'outbox', 'reconnecting', 'idle', 'files'],
  ...['list', 'answered', 'carousel', 'times', 'view', 'unknown', 'earlier', 'ended', 'preview'],
];
const browser = await startBrowser();
const gallery = await startGallery();
after(() => gallery.stop());

/** What a page of its own would need is not the widget's to have. */
const alone = { within: 'bellpull-widget', except: ['region'] };

const telling = ['form', 'queue', 'chatting', 'outbox', 'list', 'ended'];

for (const how of [{ theme: 'light' }, { theme: 'dark', accent: '#e11d48' }, { theme: 'light', lang: 'ar', accent: '#facc15' }]) {
  test(`axe finds nothing wrong: ${JSON.stringify(how)}`, async (t) => {
    const context = await browser.context(t, { viewport: { width: 1000, height: 800 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const wrong = [];
    for (const state of how.accent === undefined ? states : telling) {
      await openState(page, gallery, { state, ...how });
      wrong.push(...(await faults(page, alone)).map((f) => `${state}: ${f}`));
    }
    assert.deepEqual(wrong, []);
  });
}

test('on 320 pixels nothing goes over the edge', async (t) => {
  const context = await browser.context(t, { viewport: { width: 320, height: 480 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  for (const state of states) {
    await openState(page, gallery, { state, lang: 'de' });
    const over = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector('bellpull-widget');
      const inCarousel = (el) => el.closest('.cards') !== null;
      return [...shadowRoot.querySelectorAll('*')].filter((el) => !inCarousel(el) && !el.closest('.aside') && el.getBoundingClientRect().right > innerWidth + 0.5).map((el) => el.className || el.localName);
    });
    assert.deepEqual(over, [], state);
  }
});
