// What axe finds wrong, and when a page can be judged by its look.
import AxeBuilder from '@axe-core/playwright';

/** Waits until whatever moves in a page has come to rest, but for what never does. */
export async function still(page) {
  await Promise.all(page.frames().map((frame) => frame.evaluate(async () => {
    const shadows = [...document.querySelectorAll('*')].flatMap((el) => el.shadowRoot ?? []);
    const moves = [document, ...shadows].flatMap((root) => root.getAnimations()).filter((a) => Number.isFinite(a.effect.getComputedTiming().endTime));
    await Promise.allSettled(moves.map((a) => a.finished));
  })));
}

/** What axe finds wrong with a page and its frames, or with the part of it that is named, once it is still. */
export async function faults(page, { within, except = [] } = {}) {
  await still(page);
  const axe = new AxeBuilder({ page }).disableRules(except);
  if (within !== undefined) axe.include(within);
  const { violations } = await axe.analyze();
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.flat().join(' ')} ${n.failureSummary}`).join(', ')}`);
}
