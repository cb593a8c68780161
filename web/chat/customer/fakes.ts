/**
 * A server, and browsers with tabs, for tests: everything at the border that
 * the engine sees. Time is the test's; what goes wrong is said by the test.
 */

import { contentType } from '../item';
import type { Channel, Environment, PageNews } from './environment';

type Json = Readonly<Record<string, unknown>>;
type Row = Readonly<{ seq: number; json: Json; token: string }>;

const event = 'application/vnd.amazonaws.connect.event.';

/** The service, as far as one chat of one customer goes. */
export class FakeServer {
  rows: Row[] = [];
  ended = false;
  /** What carries news here. */
  allows = { websocket: true, events: true, poll: true };
  /** Whether lines go half open: neither heartbeats nor news get through, and never will again by those. */
  mute = false;
  /** Says what becomes of a request: answered, lost on its way or on the way back, or refused. */
  fate: (path: string) => 'answered' | 'lost' | 'answer lost' | number | Json = () => 'answered';
  /** How long a request takes, each way, in milliseconds. */
  latency: () => number = () => 5;
  /** What each request was, and when. */
  requests: { path: string; body: Json; at: number }[] = [];
  started = 0;
  events: string[] = [];
  retryAfter: string | null = null;
  /** How far the server's clock is behind the browser's, in milliseconds. */
  behind = 0;
  queue: Json = { position: null, waitSeconds: null, waiting: false };
  private readonly starts = new Map<string, Json>();
  private readonly uploads = new Map<string, string>();
  readonly sockets = new Set<FakeSocket>();
  readonly streams = new Set<FakeEvents>();
  private readonly polls = new Set<() => void>();

  /** Says something, as whoever it is. */
  say(content: string, who: 'agent' | 'me' | 'system' = 'agent', token = '', more: Json = {}): Row {
    return this.add({ Type: 'MESSAGE', ContentType: 'text/plain', Content: content, ...this.author(who), ...more }, token);
  }

  happen(what: string, who: 'agent' | 'me' = 'agent'): void {
    this.add({ Type: 'EVENT', ContentType: event + what, ...this.author(who) }, '');
  }

  /** Tells what is not kept. */
  notice(what: string, who: 'agent' | 'me' = 'agent', content?: string): void {
    this.tell({ Id: `n${Math.random()}`, AbsoluteTime: this.time(), Type: 'EVENT', ContentType: event + what, Content: content, ...this.author(who), InitialContactId: 'c' });
  }

  receipt(message: string, read: boolean): void {
    const receipt = { RecipientParticipantId: 'ana', [read ? 'ReadTimestamp' : 'DeliveredTimestamp']: this.time() };
    this.tell({ Id: 'r', Type: 'MESSAGEMETADATA', MessageMetadata: { MessageId: message, Receipts: [receipt] }, InitialContactId: 'c' });
  }

  end(): void {
    this.ended = true;
    this.add({ Type: 'EVENT', ContentType: contentType.ended }, '');
    this.cut();
  }

  /** Closes everything that is open, without a word. */
  cut(): void {
    for (const line of [...this.sockets, ...this.streams]) line.cut();
    this.wakePolls();
  }

  /** What has been said, in the order of the server. */
  said(): string[] {
    return this.rows.filter((r) => r.json['Type'] === 'MESSAGE').map((r) => String(r.json['Content']));
  }

  /** The time by the server's clock, or some milliseconds later. */
  time(later = 0): string {
    return new Date(Date.now() - this.behind + later).toISOString();
  }

  private author(who: 'agent' | 'me' | 'system'): Json {
    if (who === 'me') return { ParticipantId: 'me', DisplayName: 'Ada', ParticipantRole: 'CUSTOMER' };
    if (who === 'system') return { ParticipantId: 'sys', DisplayName: 'SYSTEM', ParticipantRole: 'SYSTEM' };
    return { ParticipantId: 'ana', DisplayName: 'Ana', ParticipantRole: 'AGENT' };
  }

  private add(json: Json, token: string): Row {
    const seq = this.rows.length + 1;
    const at = new Date(1_800_000_000_000 + seq).toISOString();
    const row = { seq, token, json: { ...json, Id: `i${seq}`, AbsoluteTime: at, ContactId: 'c', InitialContactId: 'c' } };
    this.rows.push(row);
    this.tell(row.json);
    this.wakePolls();
    return row;
  }

  private tell(json: Json): void {
    const content = JSON.stringify(json);
    for (const s of this.sockets) s.hear({ topic: 'aws/chat', contentType: 'application/json', content });
    for (const s of this.streams) s.hear(content);
  }

  private wakePolls(): void {
    for (const wake of this.polls) wake();
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url, 'http://x');
    const body = init.body === undefined ? {} : (JSON.parse(String(init.body)) as Json);
    this.requests.push({ path: pathname, body, at: Date.now() });
    const fate = this.fate(pathname);
    await sleep(this.latency());
    if (fate === 'lost') throw new TypeError('lost');
    if (typeof fate === 'number') return this.refuse(fate);
    const answer = typeof fate === 'object' ? fate : await this.answer(pathname, searchParams, body, init.signal ?? null);
    await sleep(this.latency());
    if (fate === 'answer lost') throw new TypeError('lost');
    return answer instanceof Response ? answer : Response.json(answer);
  }

  private refuse(status: number): Response {
    const headers = this.retryAfter === null ? {} : { 'Retry-After': this.retryAfter };
    return Response.json({ __type: 'Refused', message: `refused with ${status}` }, { status, headers });
  }

  private async answer(path: string, query: URLSearchParams, body: Json, signal: AbortSignal | null): Promise<Json | Response> {
    const id = String(body['clientToken'] ?? body['ClientToken'] ?? '');
    switch (path) {
      case '/widget/w/start': {
        if (!this.starts.has(id)) this.starts.set(id, { contactId: 'c', participantId: 'me', participantToken: `p${++this.started}` });
        return this.starts.get(id) ?? {};
      }
      case '/widget/w/challenge':
        return { challenge: 'abc', difficulty: 8 };
    }
    if (this.ended) return this.refuse(403);
    switch (path) {
      case '/participant/connection':
        return {
          Websocket: { Url: 'wss://x/ws', ConnectionExpiry: this.time(3_600_000) },
          ConnectionCredentials: { ConnectionToken: 't', Expiry: this.time(86_400_000) },
        };
      case '/participant/message': {
        const row = this.rows.find((r) => r.token === id) ?? this.say(String(body['Content']), 'me', id, { ContentType: body['ContentType'] });
        return { Id: row.json['Id'], AbsoluteTime: row.json['AbsoluteTime'] };
      }
      case '/participant/event':
        this.events.push(`${String(body['ContentType']).replace(event, '')} ${body['Content'] ?? ''}`.trim());
        return {};
      case '/participant/transcript':
        return this.transcript(body);
      case '/participant/disconnect':
        this.happen('participant.left', 'me');
        this.end();
        return {};
      case '/participant/start-attachment-upload':
        this.uploads.set(id, String(body['AttachmentName']));
        return { AttachmentId: `a-${id}`, UploadMetadata: { Url: 'http://x/put', HeadersToInclude: { 'Content-Type': String(body['ContentType']) } } };
      case '/participant/complete-attachment-upload': {
        const attachment = String((body['AttachmentIds'] as string[])[0]);
        const name = this.uploads.get(id);
        if (!this.rows.some((r) => r.token === id)) {
          const files = [{ AttachmentId: attachment, AttachmentName: name, ContentType: 'image/png', Status: 'APPROVED' }];
          this.add({ Type: 'ATTACHMENT', Attachments: files, ...this.author('me') }, id);
        }
        return {};
      }
      case '/participant/attachment':
        return { Url: `http://x/get/${String(body['AttachmentId'])}` };
      case '/events/queue':
        return this.queue;
      case '/events/poll':
        return this.poll(query, signal);
    }
    return this.refuse(404);
  }

  private transcript(body: Json): Json {
    const max = 7; // so that a few messages are several pages
    const token = body['NextToken'];
    const start = (body['StartPosition'] as Json | undefined)?.['Id'];
    if (body['ScanDirection'] === 'FORWARD') {
      const from = token === undefined ? this.rows.findIndex((r) => r.json['Id'] === start) : Number(token);
      const page = from < 0 ? [] : this.rows.slice(from, from + max);
      return { Transcript: page.map((r) => r.json), ...(from >= 0 && from + max < this.rows.length ? { NextToken: String(from + max) } : {}) };
    }
    const end = token === undefined ? this.rows.length : Number(token);
    const begin = Math.max(0, end - max);
    return { Transcript: this.rows.slice(begin, end).map((r) => r.json), ...(begin > 0 ? { NextToken: String(begin) } : {}) };
  }

  private async poll(query: URLSearchParams, signal: AbortSignal | null): Promise<Json | Response> {
    if (!this.allows.poll) return this.refuse(404);
    const after = query.get('after');
    if (after === null) return { position: this.rows.length, items: [] };
    const wait = Number(query.get('wait')) * 1000;
    if (this.rows.length <= Number(after)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        const wake = () => {
          this.polls.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        this.polls.add(wake);
        signal?.addEventListener('abort', wake);
      });
    }
    const items = this.rows.slice(Number(after));
    return { position: this.rows.length, items: items.map((r) => JSON.stringify(r.json)) };
  }
}

/** A WebSocket to the fake server. */
export class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 0;
  private subscribed = false;
  private deaf = false;

  constructor(private readonly server: FakeServer) {
    setTimeout(() => {
      if (this.readyState !== 0) return;
      if (!server.allows.websocket) {
        this.cut();
        return;
      }
      this.readyState = 1;
      server.sockets.add(this);
      this.onopen?.();
    }, server.latency());
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Json;
    setTimeout(() => {
      if (frame['topic'] === 'aws/heartbeat') this.deliver(frame);
      if (frame['topic'] !== 'aws/subscribe') return;
      this.subscribed = true;
      this.deliver({ topic: 'aws/subscribe', content: { status: 'success', topics: ['aws/chat'] } });
    }, this.server.latency());
  }

  hear(frame: Json): void {
    if (this.subscribed) this.deliver(frame);
  }

  close(): void {
    this.readyState = 3;
    this.server.sockets.delete(this);
  }

  cut(): void {
    if (this.readyState === 3) return;
    this.close();
    this.onclose?.();
  }

  private deliver(frame: Json): void {
    this.deaf ||= this.server.mute;
    if (this.readyState === 1 && !this.deaf) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

/** Server-sent events of the fake server. */
export class FakeEvents {
  onmessage: ((e: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly ears = new Map<string, () => void>();
  private closed = false;
  private deaf = false;
  private readonly beat: ReturnType<typeof setInterval>;

  constructor(private readonly server: FakeServer) {
    this.beat = setInterval(() => this.deaf || this.ears.get('beat')?.(), 5000);
    setTimeout(() => {
      if (this.closed) return;
      if (!server.allows.events || server.ended) {
        this.cut();
        return;
      }
      server.streams.add(this);
      this.deaf ||= server.mute;
      if (!this.deaf) this.ears.get('position')?.();
    }, server.latency());
  }

  addEventListener(name: string, ear: () => void): void {
    this.ears.set(name, ear);
  }

  hear(data: string): void {
    this.deaf ||= this.server.mute;
    if (!this.closed && !this.deaf) this.onmessage?.({ data });
  }

  close(): void {
    this.closed = true;
    clearInterval(this.beat);
    this.server.streams.delete(this);
  }

  cut(): void {
    if (this.closed) return;
    this.close();
    this.onerror?.();
  }
}

/** What the tabs of one site share: what they keep, the locks, and the ways to talk. */
export class FakeBrowser {
  readonly kept = new Map<string, string>();
  readonly channels = new Set<FakeChannel>();
  readonly locks = new FakeLocks();
  hasLocks = true;
  hasChannel = true;
  hasStorage = true;

  constructor(readonly server: FakeServer) {}

  tab(): FakeTab {
    return new FakeTab(this);
  }
}

/** One tab. A tab that was killed does nothing any more, and hears nothing. */
export class FakeTab {
  dead = false;
  asleep = false;
  online = true;
  readonly environment: Environment;
  private readonly ears = new Set<(news: PageNews) => void>();
  private readonly lines: { cut(): void; close(): void }[] = [];
  private readonly own: FakeChannel[] = [];
  private readonly locks: { release: () => void }[] = [];

  constructor(private readonly browser: FakeBrowser) {
    const { server } = browser;
    const tab = this;
    let ids = 0;
    const name = browser.channels.size;
    const line = <T extends { cut(): void; close(): void }>(made: T): T => {
      this.lines.push(made);
      return made;
    };
    this.environment = {
      fetch: ((url: string, init: RequestInit) => this.alive(() => server.fetch(url, init), init.signal ?? null)) as typeof fetch,
      WebSocket: function () {
        return line(new FakeSocket(server));
      } as unknown as Environment['WebSocket'],
      EventSource: function () {
        return line(new FakeEvents(server));
      } as unknown as Environment['EventSource'],
      locks: browser.hasLocks ? browser.locks.of(this.locks) : null,
      channel: browser.hasChannel
        ? () => {
            const channel = new FakeChannel(browser, tab);
            this.own.push(channel);
            return channel;
          }
        : null,
      storages: [() => this.storage()],
      upload: async (_url, _headers, file, progress, signal) => {
        for (const part of [1, 2]) {
          await this.alive(() => sleep(50), signal);
          progress((file.size / 2) * part);
        }
      },
      page: {
        online: () => this.online,
        listen: (tell) => {
          this.ears.add(tell);
          return () => this.ears.delete(tell);
        },
      },
      random: () => 0.5,
      newId: () => `${name}-${++ids}-${Math.random().toString(36).slice(2)}`,
    };
  }

  /** The tab ends without a word, as a crash ends it; the browser frees what it held. */
  kill(): void {
    this.dead = true;
    for (const l of this.lines) l.close();
    for (const c of this.own) c.close();
    for (const l of [...this.locks]) l.release();
  }

  tell(news: PageNews): void {
    for (const ear of this.ears) ear(news);
  }

  private storage(): Storage {
    if (!this.browser.hasStorage) throw new DOMException('blocked', 'SecurityError');
    const { kept } = this.browser;
    return {
      get length() {
        return kept.size;
      },
      key: (i: number) => [...kept.keys()][i] ?? null,
      getItem: (k: string) => kept.get(k) ?? null,
      setItem: (k: string, v: string) => void (this.dead || kept.set(k, v)),
      removeItem: (k: string) => void (this.dead || kept.delete(k)),
      clear: () => kept.clear(),
    };
  }

  /** Runs something for as long as the tab lives; what a dead tab waits for never comes. */
  private alive<T>(what: () => Promise<T>, signal: AbortSignal | null): Promise<T> {
    if (this.dead) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => this.dead || reject(new DOMException('aborted', 'AbortError')));
      what().then(
        (v) => this.dead || resolve(v),
        (e: unknown) => this.dead || reject(e as Error),
      );
    });
  }
}

export class FakeChannel implements Channel {
  onmessage: ((e: MessageEvent) => void) | null = null;

  constructor(
    private readonly browser: FakeBrowser,
    private readonly tab: FakeTab,
  ) {
    browser.channels.add(this);
  }

  postMessage(message: unknown): void {
    if (this.tab.dead || this.tab.asleep) return;
    if (!this.browser.channels.has(this)) throw new DOMException('Channel is closed', 'InvalidStateError');
    const copy = structuredClone(message);
    for (const other of this.browser.channels) {
      if (other !== this) setTimeout(() => other.tab.asleep || other.tab.dead || other.onmessage?.({ data: copy } as MessageEvent), 1);
    }
  }

  close(): void {
    this.browser.channels.delete(this);
  }
}

type Held = { release: () => void; stolen: () => void };
type Wanted = { run: () => void };

/** The Web Locks of one name. */
export class FakeLocks {
  private holder: Held | null = null;
  private readonly waiting: Wanted[] = [];

  /** The locks as one tab sees them; what it holds is noted, to be freed with it. */
  of(mine: { release: () => void }[]): LockManager {
    return { request: (_: string, o: LockOptions, run: LockGrantedCallback<unknown>) => this.request(o, run, mine), query: () => Promise.resolve({}) } as unknown as LockManager;
  }

  private request(o: LockOptions, run: LockGrantedCallback<unknown>, mine: { release: () => void }[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const grant = () => {
        const held: Held = {
          release: () => {
            if (this.holder === held) this.free();
          },
          stolen: () => reject(new DOMException('stolen', 'AbortError')),
        };
        this.holder = held;
        mine.push(held);
        void Promise.resolve(run({ name: 'l', mode: 'exclusive' } as Lock)).then((v) => {
          held.release();
          resolve(v);
        });
      };
      if (o.steal === true && this.holder !== null) {
        this.holder.stolen();
        this.holder = null;
      }
      if (this.holder === null) setTimeout(grant, 0);
      else if (o.ifAvailable === true) void Promise.resolve(run(null)).then(resolve);
      else {
        const wanted = { run: grant };
        this.waiting.push(wanted);
        mine.push({ release: () => this.forget(wanted) });
        o.signal?.addEventListener('abort', () => {
          this.forget(wanted);
          reject(new DOMException('aborted', 'AbortError'));
        });
        return;
      }
      if (this.holder === null) this.holder = { release: () => undefined, stolen: () => undefined };
    });
  }

  private free(): void {
    this.holder = null;
    this.waiting.shift()?.run();
  }

  private forget(wanted: Wanted): void {
    const at = this.waiting.indexOf(wanted);
    if (at >= 0) this.waiting.splice(at, 1);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Chance that is the same in every run: mulberry32. */
export function chance(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
