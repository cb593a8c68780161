/**
 * What a page keeps in the browser. Where the browser keeps nothing (storage
 * blocked or full) it is kept as long as the page lives.
 */
export class Kept {
  private readonly memory = new Map<string, string>();

  constructor(
    private readonly storage: () => Storage,
    private readonly prefix: string,
  ) {}

  get(key: string): string | null {
    const known = this.memory.get(key);
    if (known !== undefined) return known;
    try {
      return this.storage().getItem(this.prefix + key);
    } catch {
      return null;
    }
  }

  /** Keeps a value, or forgets it when it is null. */
  set(key: string, value: string | null): void {
    this.memory.delete(key);
    try {
      if (value === null) this.storage().removeItem(this.prefix + key);
      else this.storage().setItem(this.prefix + key, value);
    } catch {
      if (value !== null) this.memory.set(key, value);
    }
  }

  /** Reads a value that was written as JSON; null when there is none that can be read. */
  read(key: string): unknown {
    try {
      return JSON.parse(this.get(key) ?? 'null');
    } catch {
      return null;
    }
  }

  write(key: string, value: unknown): void {
    this.set(key, JSON.stringify(value));
  }

  /** The names of what is kept under a beginning. */
  keys(beginning: string): readonly string[] {
    const found = [...this.memory.keys()];
    try {
      const storage = this.storage();
      for (let i = 0; i < storage.length; i++) {
        const key = storage.key(i) ?? '';
        if (key.startsWith(this.prefix)) found.push(key.slice(this.prefix.length));
      }
    } catch {
      // what is in memory is all there is
    }
    return found.filter((k) => k.startsWith(beginning));
  }
}
