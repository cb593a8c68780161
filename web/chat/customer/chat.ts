/**
 * The chat of a customer, as pages use it. The tabs of a site share one chat:
 * one of them leads and has the engine, the others show what it shows and hand
 * on what they are asked to do. What was said is written down first, so that a
 * tab that dies takes nothing with it.
 */

import { record, text } from '../item';
import { byWidget, Engine, type EngineOptions } from './engine';
import { browserEnvironment, type Environment, type PageNews } from './environment';
import { nothing, type Entry } from './model';
import { Service, type Started } from './service';
import type { Chat, ChatState, Start } from './state';
import { Keep, type Kept } from './storage';
import { Tabs } from './tabs';

export type ChatOptions = Readonly<{
  /** The server's address; the page's own unless given. */
  base?: string;
  /** The id of the widget whose chats these are. */
  widget: string;
  /** Who is signed in at the site around it. A chat of somebody else is forgotten. */
  user?: string;
  /** Whether agents are told what has arrived and been read; so unless false. */
  receipts?: boolean;
  /** Whether they are told of typing; so unless false. */
  typing?: boolean;
  contentTypes?: readonly string[];
  durationMinutes?: number;
  customerId?: string;
  /** Whether the widget asks for a proof of work before it starts a chat. */
  challenge?: boolean | (() => boolean);
  /** Starts chats in place of the widget's own door. */
  startChat?: (start: Start, clientToken: string) => Promise<Started>;
  /** The world around it, where that is not a browser. */
  environment?: Environment;
}>;

/** Makes a chat; nothing happens before resume or start. */
export function createChat(options: ChatOptions): Chat {
  return new SharedChat(options);
}

/** How long a tab that leads may take to answer, in milliseconds, before another leads in its place. */
const answerWithin = 2500;

/** What the tab that leads does for others, and for itself. */
const deeds = {
  say: (e: Engine, entry: Entry, file: File | null) => e.say(entry, file),
  start: (e: Engine, start: Start) => e.start(start),
  retry: (e: Engine, key: string) => e.retry(key),
  discard: (e: Engine, key: string) => e.discard(key),
  typing: (e: Engine) => e.typing(),
  more: (e: Engine) => e.more(),
  fileUrl: (e: Engine, attachment: string) => e.fileUrl(attachment),
  view: (e: Engine, token: string) => e.view(token),
  end: (e: Engine) => e.end(),
  reset: (e: Engine) => e.reset(),
  wake: (e: Engine, networkChanged: boolean) => e.wake(networkChanged),
  seen: (e: Engine, visible: boolean) => e.seen(visible),
} as const;

type Deed = keyof typeof deeds;

/** Something that another tab was asked to do, until it is done. */
type Asked = Readonly<{ name: Deed; args: readonly unknown[]; done: (result: unknown) => void }>;

class SharedChat implements Chat {
  private current: ChatState;
  private readonly listeners = new Set<() => void>();
  private readonly env: Environment;
  private readonly service: Service;
  private readonly keep: Keep;
  private readonly tabs: Tabs;
  private readonly unlisten: () => void;

  private joining: Promise<void> | null = null;
  private closed = false;
  private asleep = false;
  private watched = false;
  private said = 0;

  // While this tab leads:
  private engine: Engine | null = null;
  private resumed: Promise<boolean> = Promise.resolve(false);
  private readonly watchers = new Set<string>();
  private told: { state: ChatState; kept: Kept | null } | null = null;
  private telling = false;

  // While another one does:
  private leader = '';
  private mirror: ChatState = nothing.chat;
  private theirs: Kept | null = null;
  private readonly asked = new Map<string, Asked>();
  private readonly answers = new Map<string, () => void>(); // what to do once the tab that leads has heard
  private readonly unsaid = new Map<string, Entry>();
  private heard: () => void = () => undefined;

  constructor(private readonly options: ChatOptions) {
    this.env = options.environment ?? browserEnvironment();
    this.service = new Service(this.env, (options.base ?? '').replace(/\/$/, ''));
    this.keep = new Keep(this.env, `bellpull.${options.widget}.`);
    this.mirror = { ...nothing.chat, persistent: this.keep.persistent };
    this.current = this.mirror;
    this.tabs = new Tabs(this.env, `bellpull.${options.base ?? ''}.${options.widget}`, {
      lead: () => this.lead(),
      follow: () => this.follow(),
      hear: (message, from) => this.hear(message, from),
    });
    this.unlisten = this.env.page.listen((news) => this.notice(news));
  }

  get state(): ChatState {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async resume(): Promise<boolean> {
    await this.join();
    if (this.engine === null && !(await this.hearLeader())) await this.tabs.seize();
    if (this.engine !== null) return this.resumed;
    return this.current.phase !== 'idle';
  }

  async start(start: Start): Promise<void> {
    await this.do('start', start);
  }

  send(content: string, contentType = 'text/plain'): void {
    this.say(content, contentType, null);
  }

  sendFile(file: File): void {
    this.say('', file.type, file);
  }

  retry(key: string): void {
    void this.do('retry', key);
  }

  discard(key: string): void {
    void this.do('discard', key);
  }

  typing(): void {
    void this.do('typing');
  }

  seen(visible: boolean): void {
    this.watched = visible;
    if (this.joining !== null) this.watch(visible);
  }

  async more(): Promise<void> {
    await this.do('more');
  }

  async fileUrl(attachment: string): Promise<string | null> {
    return text(await this.do('fileUrl', attachment)) || null;
  }

  async view(token: string): Promise<unknown> {
    return (await this.do('view', token)) ?? null;
  }

  async end(): Promise<void> {
    await this.do('end');
  }

  reset(): void {
    void this.do('reset');
  }

  close(): void {
    this.closed = true;
    this.unlisten();
    this.lookAway();
    this.suspend();
    this.tabs.close();
    this.listeners.clear();
  }

  private say(content: string, contentType: string, file: File | null): void {
    const { phase } = this.current;
    if (this.closed || phase === 'idle' || phase === 'ended') return;
    const entry: Entry = {
      key: this.nextKey(),
      at: new Date().toISOString(),
      content,
      contentType,
      file: file === null ? null : { name: file.name, type: file.type || 'application/octet-stream', size: file.size, sent: 0 },
      delivery: 'waiting',
      problem: null,
      since: null,
      echo: null,
      attachment: null,
    };
    if (this.engine !== null) {
      this.engine.say(entry, file);
      return;
    }
    this.keep.keepEntry(entry);
    this.unsaid.set(entry.key, entry);
    this.show();
    void this.do('say', entry, file).then(() => {
      this.unsaid.delete(entry.key);
      this.show();
    });
  }

  /** Keys sort as things were said, and are client tokens as well. */
  private nextKey(): string {
    this.said = Math.max(this.said + 1, Date.now());
    return `${this.said.toString(36).padStart(9, '0')}-${this.env.newId()}`;
  }

  private join(): Promise<void> {
    this.joining ??= this.tabs.join();
    return this.joining;
  }

  /** Does something, or has the tab that leads do it. */
  private async do(name: Deed, ...args: readonly unknown[]): Promise<unknown> {
    if (this.closed) return undefined;
    await this.join();
    if (this.engine !== null) return this.perform(this.engine, name, args);
    return new Promise((done) => {
      const id = this.env.newId();
      this.asked.set(id, { name, args, done });
      this.ask(id);
    });
  }

  private async perform(engine: Engine, name: Deed, args: readonly unknown[]): Promise<unknown> {
    await this.resumed;
    return (deeds[name] as (e: Engine, ...args: readonly unknown[]) => unknown)(engine, ...args);
  }

  /** Asks the tab that leads. One that does not even say that it has heard is led in place of. */
  private ask(id: string): void {
    const asked = this.asked.get(id);
    if (asked === undefined) return;
    this.answered(id);
    const impatience = setTimeout(() => void this.tabs.seize(), answerWithin);
    this.answers.set(id, () => clearTimeout(impatience));
    this.tabs.post({ say: 'do', id, name: asked.name, args: asked.args });
  }

  private watch(visible: boolean): void {
    if (this.engine === null) void this.do('seen', visible);
    else this.lookedAt(this.tabs.id, visible);
  }

  /** Says for the last time that nobody looks here. */
  private lookAway(): void {
    if (this.engine === null && this.watched) this.tabs.post({ say: 'do', id: this.env.newId(), name: 'seen', args: [false] });
  }

  private lookedAt(by: string, visible: boolean): void {
    if (visible) this.watchers.add(by);
    else this.watchers.delete(by);
    this.engine?.seen(this.watchers.size > 0);
  }

  // ---- leading

  private lead(): void {
    const engine = new Engine(this.engineOptions());
    this.engine = engine;
    this.watchers.clear();
    this.told = null;
    this.resumed = engine.resume(this.theirs, { ...nothing, chat: this.mirror });
    this.show();
    void this.takeOver(engine);
  }

  private engineOptions(): EngineOptions {
    const { options, service } = this;
    const { challenge = false, contentTypes, durationMinutes, customerId } = options;
    const more = {
      challenge: typeof challenge === 'boolean' ? () => challenge : challenge,
      ...(contentTypes === undefined ? {} : { contentTypes }),
      ...(durationMinutes === undefined ? {} : { durationMinutes }),
      ...(customerId === undefined ? {} : { customerId }),
    };
    return {
      env: this.env,
      service,
      keep: this.keep,
      startChat: options.startChat ?? byWidget(service, options.widget, more),
      user: options.user ?? '',
      receipts: options.receipts ?? true,
      typing: options.typing ?? true,
      changed: () => this.show(),
    };
  }

  /** Does what the tab that led before was asked to do and may not have done. */
  private async takeOver(engine: Engine): Promise<void> {
    await this.resumed;
    if (this.engine !== engine) return;
    if (this.watched) this.lookedAt(this.tabs.id, true);
    this.heard();
    for (const [id, asked] of [...this.asked]) {
      this.asked.delete(id);
      this.answered(id);
      if (asked.name === 'seen') asked.done(undefined); // as done above
      else void this.perform(engine, asked.name, asked.args).then(asked.done);
    }
    this.unsaid.clear();
    this.show();
    this.tell(true);
  }

  /** Tells the others what has changed, once for all that changes together. */
  private tell(all = false): void {
    const { engine } = this;
    if (engine === null) return;
    const state = engine.model.chat;
    const kept = engine.keepsake;
    const before = all ? null : this.told;
    const changes = Object.entries(state).filter(([name, value]) => before?.state[name as keyof ChatState] !== value);
    if (changes.length === 0 && before?.kept === kept) return;
    this.told = { state, kept };
    this.tabs.post({ say: 'state', all: before === null, state: Object.fromEntries(changes), kept });
  }

  // ---- following

  private follow(): void {
    this.suspend();
    this.leader = '';
    this.tabs.post({ say: 'hello' });
  }

  /** Lets go of the engine; what it showed goes on being shown. */
  private suspend(): void {
    const { engine } = this;
    if (engine === null) return;
    engine.stop();
    this.engine = null;
    this.mirror = engine.model.chat;
    this.theirs = engine.keepsake;
  }

  /** Waits until the tab that leads has said what there is; false where it does not answer. */
  private async hearLeader(): Promise<boolean> {
    for (const until = Date.now() + answerWithin; this.engine === null; ) {
      if (this.leader !== '' && this.mirror.phase !== 'resuming') return true;
      const left = this.leader === '' ? until - Date.now() : 60_000;
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.heard = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }

  private hear(message: Readonly<Record<string, unknown>>, from: string): void {
    const id = text(message['id']);
    switch (message['say']) {
      case 'hello':
        if (this.engine !== null) this.tell(true);
        return;
      case 'do':
        if (this.engine !== null) void this.serve(this.engine, id, from, message);
        return;
      case 'got':
        this.answered(id);
        return;
      case 'done':
        this.answered(id);
        this.asked.get(id)?.done(message['result']);
        this.asked.delete(id);
        return;
      case 'state':
        if (this.engine === null && this.joining !== null) this.reflect(message, from);
    }
  }

  private async serve(engine: Engine, id: string, from: string, message: Readonly<Record<string, unknown>>): Promise<void> {
    const name = text(message['name']) as Deed;
    const args = message['args'] as readonly unknown[];
    this.tabs.post({ say: 'got', id });
    if (name === 'seen') {
      this.lookedAt(from, args[0] === true);
      this.tabs.post({ say: 'done', id });
      return;
    }
    const result = await this.perform(engine, name, args);
    this.tell(); // before it is done, so that what was said never vanishes
    this.tabs.post({ say: 'done', id, result });
  }

  private answered(id: string): void {
    this.answers.get(id)?.();
    this.answers.delete(id);
  }

  /** Shows what the tab that leads shows. */
  private reflect(message: Readonly<Record<string, unknown>>, from: string): void {
    if (message['all'] !== true && from !== this.leader) {
      this.tabs.post({ say: 'hello' });
      return;
    }
    const changes = record(message['state']) as Partial<ChatState>;
    this.mirror = { ...this.mirror, ...changes, persistent: this.keep.persistent };
    this.theirs = message['kept'] as Kept | null;
    if (from !== this.leader) {
      this.leader = from;
      if (this.watched) this.watch(true);
      for (const id of this.asked.keys()) this.ask(id);
    }
    this.keepTheirs();
    this.show();
    this.heard();
  }

  /** Keeps what is needed to go on here, where tabs do not share what they keep. */
  private keepTheirs(): void {
    const kept = this.keep.chat();
    if (this.mirror.phase === 'open' && kept === null && this.theirs !== null) this.keep.keepChat(this.theirs);
    if (this.mirror.phase === 'ended' && kept?.me === this.mirror.me) this.keep.forget();
  }

  /** Makes the state anew and tells who listens. */
  private show(): void {
    if (this.engine !== null) {
      if (this.current === this.engine.model.chat) return;
      this.current = this.engine.model.chat;
      if (!this.telling) {
        this.telling = true;
        queueMicrotask(() => {
          this.telling = false;
          this.tell();
        });
      }
    } else {
      const there = new Set(this.mirror.outbox.map((e) => e.key));
      const more = [...this.unsaid.values()].filter((e) => !there.has(e.key));
      this.current = more.length === 0 ? this.mirror : { ...this.mirror, outbox: [...this.mirror.outbox, ...more] };
    }
    for (const listener of this.listeners) listener();
  }

  private notice(news: PageNews): void {
    switch (news) {
      case 'online':
      case 'visible':
        if (this.joining !== null) void this.do('wake', news === 'online');
        return;
      case 'offline':
        this.engine?.offline();
        return;
      case 'leaving': // for good, or to be kept as it is: another tab may lead meanwhile
        this.asleep = this.joining !== null;
        this.joining = null;
        this.lookAway();
        this.suspend();
        this.tabs.leave();
        return;
      case 'back':
        if (this.asleep) void this.join();
        this.asleep = false;
        return;
      case 'hidden':
    }
  }
}
