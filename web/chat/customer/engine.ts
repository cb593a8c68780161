/**
 * One chat, led from one place: its line, its outbox, and what follows from the
 * news. Of several tabs only one has an engine that runs (chat.ts sees to that).
 */

import { contentType, parseIncoming, record, text, type Item, type ItemId } from '../item';
import { carriers, parse } from './carriers';
import type { Environment } from './environment';
import { backoff, Line } from './line';
import { lastForUs, nothing, personOf, reduce, type ChatEvent, type Entry, type Model } from './model';
import { Sender } from './sender';
import { Refusal, Service, type Connection, type Started } from './service';
import type { Problem, Start } from './state';
import type { Keep, Kept } from './storage';

export type EngineOptions = Readonly<{
  env: Environment;
  service: Service;
  keep: Keep;
  /** Gets a chat from the server; a repeat under the same client token gets the same one. */
  startChat(start: Start, clientToken: string): Promise<Started>;
  /** Who is signed in at the site around the chat; empty for nobody. */
  user: string;
  receipts: boolean;
  typing: boolean;
  /** Is told of each change of the model. */
  changed(): void;
}>;

/** Times, in milliseconds. */
const times = {
  /** How long there may be no line before anybody is told. */
  unnoticed: 2000,
  /** How long a typing event is believed, and how often one is sent. */
  typingFor: 12_000,
  typingEvery: 4000,
  /** How long receipts are gathered. */
  receipts: 1000,
  /** How often the place in the queue is asked for. */
  queue: 10_000,
  queueSoon: 2000,
  /** How long what was said last may take before the chat is left. */
  lastWords: 2000,
  /** How long the end of a chat is waited for after leaving it. */
  ending: 3000,
} as const;

/** How often a start is tried whose answer did not come. */
const startTries = 4;

export class Engine {
  model: Model = nothing;
  private kept: Kept | null = null;
  private token = '';
  private line: Line | null = null;
  private up = false;
  private readonly sender: Sender;
  /** The newest item before which none is missing. */
  private anchor: ItemId | null = null;
  private earlier: string | null = null;
  /** News that wait for what came before them; null when nothing is missing. */
  private held: Item[] | null = null;
  private fills = 0;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private typed = 0;
  private receipt = '';
  /** Whether a line to this chat has been open: before that nobody can leave it. */
  private joined = false;
  /** Whether the chat is to end as soon as it can be left. */
  private ending = false;
  private stopped = false;

  constructor(private readonly o: EngineOptions) {
    this.sender = new Sender({
      env: o.env,
      service: o.service,
      entries: () => this.model.entries,
      token: () => (this.model.chat.phase === 'open' ? this.token : ''),
      newest: () => this.model.chat.items.at(-1)?.at ?? null,
      put: (entry) => this.put(entry),
      said: (entry, item) => this.said(entry, item),
      denied: () => this.verify(),
    });
    this.dispatch({ type: 'persistent', persistent: o.keep.persistent });
  }

  /** What another tab needs to go on with the chat should this one die. */
  get keepsake(): Kept | null {
    return this.kept;
  }

  /** Goes on with a chat: the one that was kept, or one that another tab had. Shown is what that tab showed. */
  async resume(theirs: Kept | null, shown: Model): Promise<boolean> {
    if (shown.chat.phase === 'ended') {
      this.model = shown;
      return false;
    }
    const kept = this.o.keep.chat() ?? theirs;
    if (kept === null) return false;
    if (kept.user !== this.o.user) {
      this.o.keep.forget();
      return false;
    }
    this.model = shown.chat.me === kept.me ? shown : this.model;
    if (this.model.chat.phase !== 'open') this.dispatch({ type: 'phase', phase: 'resuming' });
    let first: Connection | null = null;
    while (first === null && !this.stopped) {
      try {
        first = await this.o.service.connect(kept.participantToken);
      } catch (e) {
        if (!(e instanceof Refusal)) throw e;
        if (!e.passing) {
          this.o.keep.forget();
          this.dispatch({ type: 'forgotten' });
          this.dispatch({ type: 'problem', problem: { kind: 'ended', detail: e.message } });
          return false;
        }
        if (e.status !== 0) await pause(e.retryAfter ?? 1000);
        else break; // offline: the line goes on trying
      }
    }
    this.begin(kept, first);
    return true;
  }

  async start(start: Start): Promise<void> {
    const { phase } = this.model.chat;
    if (phase === 'open' || phase === 'starting' || phase === 'resuming') return;
    this.o.keep.forget();
    this.ending = false;
    this.dispatch({ type: 'forgotten' });
    this.dispatch({ type: 'phase', phase: 'starting' });
    const clientToken = this.o.env.newId();
    for (let failures = 1; ; failures++) {
      try {
        const started = await this.o.startChat(start, clientToken);
        const kept: Kept = {
          contact: started.contactId,
          me: started.participantId,
          participantToken: started.participantToken,
          name: start.name,
          user: this.o.user,
          seen: '',
        };
        this.o.keep.keepChat(kept);
        this.begin(kept, null);
        return;
      } catch (e) {
        if (e instanceof Refusal && e.passing && !this.stopped && failures < startTries && (e.retryAfter ?? 0) < 5000) {
          await pause(backoff(failures, this.o.env.random(), e.retryAfter));
          continue;
        }
        this.dispatch({ type: 'phase', phase: 'idle', problem: notStarted(e) });
        return;
      }
    }
  }

  /** Takes what was said into the outbox, once. */
  say(entry: Entry, file: File | null): void {
    if (this.model.chat.phase === 'ended' || this.model.entries.some((e) => e.key === entry.key)) return;
    if (file !== null) this.sender.files.set(entry.key, file);
    this.put(entry);
    this.sender.pump();
  }

  retry(key: string): void {
    const entry = this.model.entries.find((e) => e.key === key);
    if (entry?.delivery !== 'failed' || (entry.file !== null && !this.sender.files.has(key))) return;
    this.put({ ...entry, delivery: 'waiting', problem: null });
    this.sender.pump();
  }

  discard(key: string): void {
    this.sender.cancel(key);
    this.drop(key);
  }

  typing(): void {
    const now = Date.now();
    if (!this.o.typing || !this.mayTell() || now - this.typed < times.typingEvery) return;
    this.typed = now;
    this.tell(contentType.typing);
  }

  seen(visible: boolean): void {
    this.dispatch({ type: 'watched', watched: visible });
    this.tellReceipt();
  }

  /** Learns from the service whether the chat goes on. */
  private async verify(): Promise<boolean> {
    return (await this.line?.verify()) ?? false;
  }

  async more(): Promise<void> {
    const nextToken = this.earlier;
    if (nextToken === null || this.token === '') return;
    try {
      const page = await this.o.service.newest(this.token, nextToken);
      if (this.earlier !== nextToken) return;
      this.earlier = page.nextToken;
      this.dispatch({ type: 'items', items: page.items, earlier: page.nextToken !== null });
    } catch (e) {
      this.dispatch({ type: 'problem', problem: problemOf(e) });
    }
  }

  async fileUrl(attachment: string): Promise<string | null> {
    try {
      return (await this.o.service.attachmentUrl(this.token, attachment)) || null;
    } catch {
      return null;
    }
  }

  async view(token: string): Promise<unknown> {
    try {
      return await this.o.service.view(this.token, token);
    } catch {
      return null;
    }
  }

  async end(): Promise<void> {
    const { phase } = this.model.chat;
    this.ending = phase === 'starting' || (phase === 'open' && !this.joined);
    if (phase !== 'open' || this.ending) return;
    await pause(times.lastWords, () => !this.model.entries.some((e) => e.file === null && e.delivery !== 'failed'));
    try {
      await this.o.service.disconnect(this.token, this.o.env.newId());
    } catch (e) {
      if (e instanceof Refusal && e.status === 403) await this.verify();
      else this.dispatch({ type: 'problem', problem: problemOf(e) });
      return;
    }
    // The end comes by the line, after what was said last.
    await pause(this.up ? times.ending : 0, () => this.model.chat.phase !== 'open');
    this.over();
  }

  reset(): void {
    if (this.model.chat.phase !== 'ended' && this.model.chat.phase !== 'idle') return;
    this.o.keep.forget();
    this.kept = null;
    this.anchor = this.earlier = null;
    this.dispatch({ type: 'forgotten' });
  }

  /** Looks after everything at once: the page is back, or the network. */
  wake(networkChanged: boolean): void {
    if (this.up) this.dispatch({ type: 'line', line: 'live' });
    this.line?.wake(networkChanged);
    this.sender.wake();
  }

  offline(): void {
    if (this.model.chat.phase === 'open') this.dispatch({ type: 'line', line: 'offline' });
  }

  /** Ends what is under way, for good; the chat goes on, led from elsewhere. */
  stop(): void {
    this.stopped = true;
    this.fills++;
    this.rest();
  }

  private rest(): void {
    this.line?.stop();
    this.line = null;
    this.up = false;
    this.sender.stop();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private dispatch(event: ChatEvent): void {
    const next = reduce(this.model, event);
    if (next === this.model) return;
    this.model = next;
    this.o.changed();
  }

  private begin(kept: Kept, first: Connection | null): void {
    this.kept = kept;
    if (this.stopped) return;
    this.dispatch({ type: 'began', contact: kept.contact, me: kept.me, seen: this.model.seen > kept.seen ? this.model.seen : kept.seen });
    for (const entry of this.o.keep.entries()) {
      if (!this.model.entries.some((e) => e.key === entry.key)) this.dispatch({ type: 'entry', entry: this.lostFile(entry) });
    }
    this.anchor = this.earlier = null;
    this.joined = false;
    const { service, env } = this.o;
    const connect = () => {
      const connection = first === null ? service.connect(kept.participantToken) : Promise.resolve(first);
      first = null;
      return connection;
    };
    this.line = new Line(
      { connect, carriers: carriers(env, service), random: env.random },
      {
        up: (transport) => {
          const first = !this.up;
          this.up = this.joined = true;
          this.stopTimer('line');
          this.dispatch({ type: 'transport', transport });
          this.dispatch({ type: 'line', line: 'live' });
          if (first) void this.fill();
          if (this.ending) void this.end();
        },
        down: () => {
          this.up = false;
          this.fills++;
          this.noticeLater();
        },
        news: (json) => this.receive(json),
        connected: (connection) => {
          this.token = connection.token;
          this.sender.pump();
        },
        over: () => this.over(),
      },
    );
    this.noticeLater();
    this.line.start();
    this.sender.pump();
  }

  /** A file does not outlive its page. */
  private lostFile(entry: Entry): Entry {
    if (entry.file === null || this.sender.files.has(entry.key)) return entry;
    return { ...entry, delivery: 'failed', problem: { kind: 'unknown', detail: 'The file has to be chosen again.' } };
  }

  private noticeLater(): void {
    this.later('line', times.unnoticed, () => {
      if (!this.up) this.dispatch({ type: 'line', line: this.o.env.page.online() ? 'reconnecting' : 'offline' });
    });
  }

  /** Reads what is missing. What comes meanwhile waits, so that all is shown in order. */
  private async fill(): Promise<void> {
    const turn = ++this.fills;
    this.held ??= [];
    for (let failures = 1; ; failures++) {
      try {
        const found = await this.missing();
        if (turn !== this.fills) return;
        const items: readonly Item[] = [...found.items, ...(this.held ?? [])];
        this.held = null;
        this.anchor = items.reduce<Item | null>((a, b) => (a !== null && a.at > b.at ? a : b), null)?.id ?? this.anchor;
        if (found.earlier !== undefined) this.earlier = found.earlier;
        this.dispatch({ type: 'items', items, earlier: this.earlier !== null });
        this.settle(items);
        this.tellReceipt();
        this.askQueue();
        this.sender.pump();
        return;
      } catch (e) {
        if (!(e instanceof Refusal)) throw e;
        if (turn !== this.fills) return;
        if (!e.passing && !(await this.verify())) return;
        await pause(backoff(failures, this.o.env.random(), e.retryAfter));
        if (turn !== this.fills) return;
      }
    }
  }

  private async missing(): Promise<{ items: readonly Item[]; earlier?: string | null }> {
    const { service } = this.o;
    if (this.anchor !== null) {
      const items: Item[] = [];
      let nextToken: string | null = null;
      do {
        const page = await service.from(this.token, this.anchor, nextToken);
        items.push(...page.items);
        nextToken = page.nextToken;
      } while (nextToken !== null);
      if (items.length > 0) return { items };
    }
    // The newest pages, back to what is known.
    const known = new Set(this.model.chat.items.map((i) => i.id));
    let page = await service.newest(this.token, null);
    const items = [...page.items];
    while (known.size > 0 && page.nextToken !== null && !page.items.some((i) => known.has(i.id))) {
      page = await service.newest(this.token, page.nextToken);
      items.unshift(...page.items);
    }
    return { items, earlier: page.nextToken };
  }

  private receive(json: string): void {
    const incoming = parseIncoming(parse(json));
    if (incoming === null) return;
    if (incoming.type === 'receipt') {
      this.dispatch({ type: 'receipt', news: incoming.news });
      return;
    }
    const { item } = incoming;
    switch (item.contentType) {
      case contentType.typing:
        this.showTyping(item);
        return;
      case contentType.idle:
        if (item.author?.id === this.model.chat.me) this.dispatch({ type: 'idle', until: deadline(item) });
        return;
      case contentType.returned:
      case contentType.autoDisconnection:
        if (item.author?.id === this.model.chat.me) this.dispatch({ type: 'idle', until: null });
        return;
    }
    if (this.held !== null && item.contentType !== contentType.ended) {
      this.held.push(item);
      return;
    }
    const items = this.held === null ? [item] : [...this.held, item];
    this.anchor = item.id;
    this.dispatch({ type: 'items', items });
    this.settle(items);
    if (item.contentType === contentType.ended && item.initialContact === this.model.chat.contact) {
      this.over();
      return;
    }
    this.tellReceipt();
    this.askQueue();
  }

  /** Ends the waiting of files whose item has come. */
  private settle(items: readonly Item[]): void {
    if (!items.some((i) => i.kind === 'attachment')) return;
    for (const e of this.model.entries) if (e.file !== null && e.echo !== null) this.drop(e.key);
  }

  private showTyping(item: Item): void {
    const by = personOf(item, this.model.chat.me);
    if (by === null) return;
    this.dispatch({ type: 'typing', by });
    this.later(`typing ${by.id}`, times.typingFor, () => this.dispatch({ type: 'quiet', by: by.id }));
  }

  private put(entry: Entry): void {
    this.o.keep.keepEntry(entry);
    this.dispatch({ type: 'entry', entry });
    const { attachment } = entry;
    if (attachment !== null && this.model.chat.items.some((i) => i.attachments?.some((a) => a.id === attachment))) this.drop(entry.key);
  }

  private drop(key: string): void {
    this.o.keep.dropEntry(key);
    this.sender.files.delete(key);
    this.dispatch({ type: 'gone', key });
  }

  /** The service has taken an entry: it is an item from now on. */
  private said(entry: Entry, item: Readonly<{ id: ItemId; at: string }> | null): void {
    if (item !== null && this.kept !== null) this.dispatch({ type: 'said', key: entry.key, item: this.ownItem(entry, item, this.kept) });
    this.drop(entry.key);
  }

  private ownItem(entry: Entry, { id, at }: Readonly<{ id: ItemId; at: string }>, kept: Kept): Item {
    return {
      id,
      at,
      kind: 'message',
      contentType: entry.contentType,
      content: entry.content,
      author: { id: kept.me, name: kept.name, role: 'CUSTOMER' },
      contact: kept.contact,
      initialContact: kept.contact,
      receipt: null,
    };
  }

  private mayTell(): boolean {
    return this.model.chat.phase === 'open' && this.token !== '' && this.up;
  }

  /** Tells something that nobody waits for: a lost one is nothing to bother anybody with. */
  private tell(kind: string, content?: string): void {
    this.o.service.sendEvent(this.token, kind, content).catch(() => undefined);
  }

  /** Says soon how far the last message has come with us; one that has been read needs no word of its delivery. */
  private tellReceipt(): void {
    this.keepSeen();
    if (!this.o.receipts || this.timers.has('receipt')) return;
    this.later('receipt', times.receipts, () => {
      const last = lastForUs(this.model.chat);
      if (last === null || !this.mayTell()) return;
      const kind = last.at <= this.model.seen ? contentType.read : contentType.delivered;
      const receipt = `${kind} ${last.id}`;
      if (receipt === this.receipt) return;
      this.receipt = receipt;
      this.tell(kind, JSON.stringify({ messageId: last.id }));
    });
  }

  private keepSeen(): void {
    if (this.kept === null || this.model.seen <= this.kept.seen || this.model.chat.phase !== 'open') return;
    this.kept = { ...this.kept, seen: this.model.seen };
    this.o.keep.keepChat(this.kept);
  }

  /** Asks where the chat stands, for as long as no agent is there. */
  private askQueue(): void {
    const waits = () => this.mayTell() && !this.model.chat.people.some((p) => p.role === 'AGENT');
    if (!waits()) {
      this.stopTimer('queue'); // so that it is asked at once when the agent leaves
      this.dispatch({ type: 'queue', queue: null });
      return;
    }
    if (this.timers.has('queue')) return;
    let unplaced = 0;
    const ask = async () => {
      if (!waits()) return;
      let again: number | null = times.queue;
      try {
        const queue = await this.o.service.queue(this.token);
        if (waits()) this.dispatch({ type: 'queue', queue });
        // A flow that has just begun queues the chat in a moment, and the queue finds its place in another.
        if (queue?.position == null && unplaced++ < 5) again = times.queueSoon;
      } catch (e) {
        again = e instanceof Refusal && e.passing ? Math.max(times.queue, e.retryAfter ?? 0) : null; // a server without queues has no answer
      }
      if (again !== null && waits()) this.later('queue', again, () => void ask());
    };
    this.later('queue', 0, () => void ask());
  }

  /** The chat is over, whoever ended it. */
  private over(): void {
    if (this.model.chat.phase === 'ended' || this.model.chat.phase === 'idle') return;
    this.rest();
    if (this.held !== null) this.dispatch({ type: 'items', items: this.held });
    this.held = null;
    for (const entry of this.model.entries) {
      if (entry.echo === null) this.dispatch({ type: 'entry', entry: { ...entry, delivery: 'failed', problem: { kind: 'ended', detail: '' } } });
    }
    this.o.keep.forget();
    this.dispatch({ type: 'phase', phase: 'ended' });
  }

  private later(name: string, after: number, what: () => void): void {
    this.stopTimer(name);
    this.timers.set(
      name,
      setTimeout(() => {
        this.timers.delete(name);
        what();
      }, after),
    );
  }

  private stopTimer(name: string): void {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}

/** Starts chats by a widget, which may ask for a proof of work first. */
export function byWidget(
  service: Service,
  widget: string,
  more: Readonly<{ challenge: () => boolean; contentTypes?: readonly string[]; durationMinutes?: number; customerId?: string }>,
): EngineOptions['startChat'] {
  const { challenge, ...rest } = more;
  return async (start, clientToken) => {
    let proof: { proof?: string } = {};
    if (challenge()) {
      const [{ prove }, asked] = await Promise.all([import('./proof'), service.challenge(widget)]); // few widgets ask for one
      proof = { proof: await prove(asked.challenge, asked.difficulty) };
    }
    return service.startByWidget(widget, start, { clientToken, ...rest, ...proof });
  };
}

/** When the server will end the chat for silence, by the clock here: the warning, which has just come, says so by the server's. */
function deadline(item: Item): number | null {
  const left = Date.parse(text(record(parse(item.content))['disconnectAt'])) - Date.parse(item.at);
  return Number.isNaN(left) ? null : Date.now() + left;
}

/** Waits; until, asked a few times a second, may end that early. */
async function pause(time: number, until: () => boolean = () => false): Promise<void> {
  for (const end = Date.now() + time; Date.now() < end && !until(); ) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, time)));
  }
}

function notStarted(e: unknown): Problem {
  const problem = problemOf(e);
  return problem.kind === 'throttled' || problem.kind === 'offline' ? problem : { kind: 'not started', detail: problem.detail };
}

/** Says what went wrong by its kind. */
export function problemOf(e: unknown): Problem {
  if (!(e instanceof Refusal)) return { kind: 'unknown', detail: e instanceof Error ? e.message : '' };
  const kinds: Readonly<Record<number, Problem['kind']>> = { 0: 'offline', 402: 'too large', 413: 'too large', 415: 'file type', 429: 'throttled' };
  return { kind: kinds[e.status] ?? (e.status >= 500 ? 'unknown' : 'refused'), detail: e.message };
}

