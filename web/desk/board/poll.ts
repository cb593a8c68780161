/** Asks for something again and again while somebody looks, and less often while it fails. */

export type Polled<T> = Readonly<{
  value: T | null;
  /** When the value came, in our milliseconds. */
  at: number;
  /** Why the last attempt failed. */
  problem: string | null;
}>;

/** The longest pause between attempts that fail, in milliseconds. */
const longest = 30_000;

/** How long to wait before asking again, after so many failures in a row. */
export function pause(every: number, failures: number): number {
  return Math.min(every * 2 ** failures, Math.max(every, longest));
}

export class Poll<T> {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private asking = false;
  private running = false;
  private failures = 0;
  private current: Polled<T> = { value: null, at: 0, problem: null };
  private watchers: readonly (() => void)[] = [];

  constructor(
    private readonly ask: (before: T | null) => Promise<T>,
    private readonly every: number,
    private readonly words: (e: unknown) => string,
  ) {}

  get state(): Polled<T> {
    return this.current;
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers = [...this.watchers, watcher];
    return () => {
      this.watchers = this.watchers.filter((w) => w !== watcher);
    };
  };

  start(): void {
    this.running = true;
    this.hurry();
  }

  stop(): void {
    this.running = false;
    this.wait(null);
  }

  /** Asks now, as after a command or when somebody comes back to look. */
  hurry(): void {
    if (!this.running) return;
    this.wait(null);
    void this.once();
  }

  private async once(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const value = await this.ask(this.current.value);
      this.failures = 0;
      this.become({ value, at: Date.now(), problem: null });
    } catch (e) {
      this.failures++;
      this.become({ ...this.current, problem: this.words(e) });
    }
    this.asking = false;
    if (this.running) this.wait(pause(this.every, this.failures));
  }

  private wait(milliseconds: number | null): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = milliseconds === null ? null : setTimeout(() => void this.once(), milliseconds);
  }

  private become(state: Polled<T>): void {
    this.current = state;
    for (const watcher of this.watchers) watcher();
  }
}
