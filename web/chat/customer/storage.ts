/**
 * What outlives a page: the chat that is going on, and the outbox, an entry by
 * itself each, so that tabs never write over each other's.
 */

import { record, text } from '../item';
import type { Environment } from './environment';
import type { Entry } from './model';

/** What is needed to go on with a chat. */
export type Kept = Readonly<{
  contact: string;
  me: string;
  name: string;
  participantToken: string;
  /** Who was signed in at the site around it; empty for nobody. */
  user: string;
  /** The time of the newest item that has been seen. */
  seen: string;
}>;

/** The part of Storage that is used, over whatever there is. */
interface Shelf {
  get(name: string): string | null;
  set(name: string, value: string): void;
  remove(name: string): void;
  names(): readonly string[];
}

export class Keep {
  private shelf: Shelf;
  private lasting: boolean;

  constructor(
    env: Pick<Environment, 'storages'>,
    /** What names of this widget begin with. */
    private readonly prefix: string,
  ) {
    const found = env.storages.map((take) => shelfOf(take, prefix)).find((shelf) => shelf !== null);
    this.lasting = found !== undefined && found !== null;
    this.shelf = found ?? memory();
  }

  /** False where nothing outlives the page. */
  get persistent(): boolean {
    return this.lasting;
  }

  chat(): Kept | null {
    const o = record(this.read('chat'));
    const kept = {
      contact: text(o['contact']),
      me: text(o['me']),
      name: text(o['name']),
      participantToken: text(o['participantToken']),
      user: text(o['user']),
      seen: text(o['seen']),
    };
    return kept.participantToken === '' || kept.me === '' ? null : kept;
  }

  keepChat(kept: Kept): void {
    this.write('chat', kept);
  }

  /** The outbox, in the order in which it was said. */
  entries(): readonly Entry[] {
    const names = this.shelf.names().filter((name) => name.startsWith(`${this.prefix}out.`));
    return names.sort().flatMap((name) => {
      const entry = parseEntry(this.read(name.slice(this.prefix.length)));
      return entry === null ? [] : [entry];
    });
  }

  keepEntry(entry: Entry): void {
    this.write(`out.${entry.key}`, entry);
  }

  dropEntry(key: string): void {
    this.shelf.remove(`${this.prefix}out.${key}`);
  }

  /** Forgets the chat and all that was to be said in it. */
  forget(): void {
    for (const name of this.shelf.names()) if (name.startsWith(this.prefix)) this.shelf.remove(name);
  }

  private read(name: string): unknown {
    try {
      return JSON.parse(this.shelf.get(this.prefix + name) ?? 'null');
    } catch {
      return null;
    }
  }

  /** Storage that was there may be full, or taken away. What is kept already stays readable for as long as the page lives. */
  private write(name: string, value: unknown): void {
    const words = JSON.stringify(value);
    try {
      this.shelf.set(this.prefix + name, words);
    } catch {
      const here = memory();
      for (const known of this.shelf.names()) {
        const kept = this.shelf.get(known);
        if (kept !== null && known.startsWith(this.prefix)) here.set(known, kept);
      }
      this.shelf = here;
      this.lasting = false;
      here.set(this.prefix + name, words);
    }
  }
}

/** Wraps a storage that can be written to; null for one that cannot. */
function shelfOf(take: () => Storage, prefix: string): Shelf | null {
  try {
    const storage = take();
    const probe = `${prefix}probe`;
    storage.setItem(probe, probe);
    storage.removeItem(probe);
    return {
      get: (name) => storage.getItem(name),
      set: (name, value) => storage.setItem(name, value),
      remove: (name) => storage.removeItem(name),
      names: () => Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? ''),
    };
  } catch {
    return null;
  }
}

function memory(): Shelf {
  const values = new Map<string, string>();
  return {
    get: (name) => values.get(name) ?? null,
    set: (name, value) => void values.set(name, value),
    remove: (name) => void values.delete(name),
    names: () => [...values.keys()],
  };
}

function parseEntry(value: unknown): Entry | null {
  const o = record(value);
  const key = text(o['key']);
  if (key === '') return null;
  const f = record(o['file']);
  const size = f['size'];
  const problem = record(o['problem']);
  return {
    key,
    at: text(o['at']),
    content: text(o['content']),
    contentType: text(o['contentType']),
    file: o['file'] === null ? null : { name: text(f['name']), type: text(f['type']), size: typeof size === 'number' ? size : 0, sent: 0 },
    delivery: o['delivery'] === 'failed' ? 'failed' : 'waiting',
    problem: o['delivery'] === 'failed' ? { kind: kindOf(problem['kind']), detail: text(problem['detail']) } : null,
    since: typeof o['since'] === 'string' ? o['since'] : null,
    echo: null,
    attachment: null,
  };
}

const kinds = ['offline', 'refused', 'throttled', 'not started', 'too large', 'file type', 'ended', 'unknown'] as const;

function kindOf(value: unknown): (typeof kinds)[number] {
  return kinds.find((kind) => kind === value) ?? 'unknown';
}
