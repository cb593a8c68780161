import type { Settings } from './launcher/settings';

/** How long the page may take to answer, in milliseconds. */
const patience = 20_000;

/**
 * Asks a function of the page, which answers by calling back, or by what it
 * promises. A value that is no function is the answer. It is null
 * where there is none, where the page throws, and where it never answers.
 */
export function ask(settings: Settings, key: string): Promise<unknown> {
  const v = settings.get(key);
  if (typeof v !== 'function') return Promise.resolve(v ?? null);
  return new Promise((resolve) => {
    const impatience = setTimeout(() => {
      console.warn(`Bellpull: the page's ${key} has not answered.`);
      resolve(null);
    }, patience);
    const answer = (got: unknown) => {
      clearTimeout(impatience);
      resolve(got);
    };
    const failed = (e: unknown) => {
      reportError(e); // the page's own fault stays the page's
      answer(null);
    };
    try {
      const returned: unknown = v(answer);
      if (returned instanceof Promise) returned.then((got) => got !== undefined && answer(got), failed);
    } catch (e) {
      failed(e);
    }
  });
}
