/** Holds a state, lets only its reducer change it, and tells who watches. */
export class Store<S, E> {
  private watchers: (() => void)[] = [];

  constructor(
    private readonly reduce: (state: S, event: E) => S,
    private current: S,
  ) {}

  get state(): S {
    return this.current;
  }

  dispatch(event: E): void {
    const next = this.reduce(this.current, event);
    if (next === this.current) return;
    this.current = next;
    for (const watcher of this.watchers) watcher();
  }

  /** Calls back after each change; returns what ends that. */
  watch = (watcher: () => void): (() => void) => {
    this.watchers = [...this.watchers, watcher];
    return () => {
      this.watchers = this.watchers.filter((w) => w !== watcher);
    };
  };
}
