// Budgets of time on whatever machine the tests run: what a page takes is held
// against what the same page needs, just then, for a piece of work of known size.
import assert from 'node:assert/strict';

/** What the piece of work takes on the machine for which budgets are set, in milliseconds. */
const usual = 30;

/** How many times slower than that machine a page is now; never less than one. */
const slowness = (page) => page.evaluate((usual) => {
  const began = performance.now();
  const words = new Map();
  for (let n = 0; n < 200_000; n++) words.set(`word ${n % 5000}`, (words.get(`word ${n % 5000}`) ?? 0) + n);
  return Math.max(1, (performance.now() - began) / usual);
}, usual);

/**
 * Does something some times, until it has once taken no longer than its budget, in milliseconds.
 * attempt answers what it took; the budget is stretched by how slow the page was before and after.
 */
export async function within(t, page, what, budget, attempt) {
  const attempts = [];
  for (let n = 0; n < 5; n++) {
    const before = await slowness(page);
    const took = await attempt(n);
    const slow = (before + (await slowness(page))) / 2;
    attempts.push(`${Math.round(took)} ms where a page is ${slow.toFixed(1)} times slower`);
    if (took > budget * slow) continue;
    return t.diagnostic(`${what}: ${attempts.join(', ')}`);
  }
  assert.fail(`${what} takes more than ${budget} ms: ${attempts.join(', ')}`);
}

/** Has a page note its long tasks; answers what tells how long the longest took since it was last asked, 50 ms or less being 0. */
export async function watchTasks(page) {
  await page.evaluate(() => {
    window.tasks = new PerformanceObserver((list) => note(list.getEntries()));
    window.longest = 0;
    const note = (entries) => entries.forEach((e) => (window.longest = Math.max(window.longest, e.duration)));
    window.note = () => note(window.tasks.takeRecords());
    window.tasks.observe({ type: 'longtask' });
  });
  return () => page.evaluate(() => {
    window.note();
    const { longest } = window;
    window.longest = 0;
    return longest;
  });
}
