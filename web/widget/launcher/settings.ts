/**
 * What the page around the widget has said by amazon_connect(key, value). The
 * keys are those of the hosted widget; what is not known is kept and ignored.
 */

export class Settings {
  private readonly values = new Map<string, unknown>();

  constructor(private readonly changed: (key: string) => void = () => undefined) {}

  set(key: string, value: unknown): void {
    this.values.set(key, value);
    this.changed(key);
  }

  get(key: string): unknown {
    return this.values.get(key);
  }

  object(key: string): Readonly<Record<string, unknown>> {
    return object(this.get(key));
  }

  text(key: string): string {
    const v = this.get(key);
    return typeof v === 'string' ? v : '';
  }

  /**
   * Asks a function of the page, which answers by calling back. A value that is
   * no function is the answer; without either, or when the page throws, it is null.
   */
  ask(key: string): Promise<unknown> {
    const v = this.get(key);
    if (typeof v !== 'function') return Promise.resolve(v ?? null);
    return new Promise((resolve) => {
      try {
        const returned: unknown = v(resolve);
        if (returned instanceof Promise) returned.then((got) => got !== undefined && resolve(got), () => resolve(null));
      } catch (e) {
        reportError(e);
        resolve(null);
      }
    });
  }
}

/** The function that snippets call, and the queue that they fill before the script has come. */
export type Queue = ((key: string, value?: unknown) => void) & { ac?: ArrayLike<unknown>[] };

/** Makes the page's queue function ours: what waits in it is taken in order, and what comes later goes straight through. */
export function takeQueue(waiting: unknown, settings: Settings): Queue {
  const queue: Queue = (key, value) => settings.set(String(key), value);
  const calls = typeof waiting === 'function' ? (waiting as Queue).ac : undefined;
  for (const call of Array.isArray(calls) ? calls : []) settings.set(String(call[0]), call[1]);
  return queue;
}

export function object(v: unknown): Readonly<Record<string, unknown>> {
  return typeof v === 'object' && v !== null ? (v as Record<string, unknown>) : {};
}
