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
}

/** The function that snippets call, and what they fill before the script has come. */
export type Queue = ((key: string, value?: unknown) => void) & { ac?: unknown };

/**
 * Makes the page's queue function ours: what waits in it is taken in order, and
 * what comes later goes straight through, by the snippet's own function too,
 * should the page have kept that.
 */
export function takeQueue(waiting: unknown, settings: Settings): Queue {
  const take = (call: ArrayLike<unknown>) => settings.set(String(call[0]), call[1]);
  const queue: Queue = (...call) => take(call);
  const calls = typeof waiting === 'function' ? (waiting as Queue).ac : undefined;
  if (Array.isArray(calls)) calls.forEach(take);
  queue.ac = { push: take };
  return queue;
}

export function object(v: unknown): Readonly<Record<string, unknown>> {
  return typeof v === 'object' && v !== null ? (v as Record<string, unknown>) : {};
}
