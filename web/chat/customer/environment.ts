/**
 * All that the engine needs of the world around it. A browser's is found by
 * browserEnvironment, feature by feature, when a chat is created and not when
 * this is imported; Node, React Native and tests hand in their own.
 */

/** What happens to the page that a chat should know of. */
export type PageNews = 'online' | 'offline' | 'visible' | 'hidden' | 'leaving' | 'back';

export interface Page {
  online(): boolean;
  /** Calls back with news; returns what ends that. */
  listen(tell: (news: PageNews) => void): () => void;
}

/** How tabs of one site talk with each other: BroadcastChannel, as far as it is needed. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

/** Puts a file somewhere; rejects with a status where the answer is not a success, and with 0 where there is none. */
export type Upload = (
  url: string,
  headers: Readonly<Record<string, string>>,
  file: Blob,
  progress: (sent: number) => void,
  signal: AbortSignal,
) => Promise<void>;

export interface Environment {
  readonly fetch: typeof globalThis.fetch;
  /** Null where there is none; the chat then uses what comes next. */
  readonly WebSocket: (new (url: string) => WebSocket) | null;
  readonly EventSource: (new (url: string) => EventSource) | null;
  readonly locks: LockManager | null;
  readonly channel: ((name: string) => Channel) | null;
  /** Where to keep things, the longest first. Taking one may throw. */
  readonly storages: readonly (() => Storage)[];
  readonly upload: Upload;
  readonly page: Page;
  /** From 0 to 1, as Math.random. */
  random(): number;
  /** A new UUID. */
  newId(): string;
}

/** An upload that got no success; status 0 means no answer. */
export class UploadError extends Error {
  constructor(readonly status: number) {
    super(`The upload was answered ${status}.`);
    this.name = 'UploadError';
  }
}

/** What this browser, or whatever we run in, has to offer. */
export function browserEnvironment(): Environment {
  const world = globalThis as Partial<typeof globalThis>;
  return {
    fetch: (...args) => globalThis.fetch(...args),
    WebSocket: world.WebSocket ?? null,
    EventSource: world.EventSource ?? null,
    locks: world.navigator?.locks ?? null,
    channel: world.BroadcastChannel === undefined ? null : (name) => new BroadcastChannel(name),
    storages: [() => globalThis.localStorage, () => globalThis.sessionStorage],
    upload: world.XMLHttpRequest === undefined ? uploadByFetch : uploadByRequest,
    page: world.document === undefined ? noPage : browserPage,
    random: () => Math.random(),
    newId,
  };
}

const noPage: Page = { online: () => true, listen: () => () => undefined };

const browserPage: Page = {
  online: () => navigator.onLine,
  listen(tell) {
    const ears: [EventTarget, string, (e: Event) => void][] = [
      [window, 'online', () => tell('online')],
      [window, 'offline', () => tell('offline')],
      [document, 'visibilitychange', () => tell(document.visibilityState === 'visible' ? 'visible' : 'hidden')],
      [window, 'pagehide', () => tell('leaving')],
      [window, 'pageshow', (e) => (e as PageTransitionEvent).persisted && tell('back')],
    ];
    for (const [target, type, ear] of ears) target.addEventListener(type, ear);
    return () => {
      for (const [target, type, ear] of ears) target.removeEventListener(type, ear);
    };
  },
};

/** Only XMLHttpRequest tells how much of a request has gone out. */
const uploadByRequest: Upload = (url, headers, file, progress, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) {
      if (!forbidden.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (e) => progress(e.loaded);
    request.onload = () => (request.status < 300 ? resolve() : reject(new UploadError(request.status)));
    request.onerror = request.onabort = () => reject(new UploadError(0));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });

/** Headers that browsers set themselves and complain about. */
const forbidden: ReadonlySet<string> = new Set(['content-length', 'host']);

const uploadByFetch: Upload = async (url, headers, file, progress, signal) => {
  const response = await fetch(url, { method: 'PUT', headers, body: file, signal }).catch(() => null);
  if (response === null || !response.ok) throw new UploadError(response?.status ?? 0);
  progress(file.size);
};

/** Pages without TLS have no crypto.randomUUID, and some worlds no crypto at all. */
function newId(): string {
  const source = (globalThis as Partial<typeof globalThis>).crypto;
  if (typeof source?.randomUUID === 'function') return source.randomUUID();
  const b = new Uint8Array(16);
  if (source === undefined) b.forEach((_, i) => (b[i] = Math.random() * 256));
  else source.getRandomValues(b);
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
