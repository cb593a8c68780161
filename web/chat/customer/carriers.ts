/**
 * What carries news of a chat, each of the three behind the same few words. A
 * carrier opens once, and is closed once: by us, or by telling that it is lost.
 * It finds out by itself when nothing comes any more.
 */

import { record, text } from '../item';
import type { Environment } from './environment';
import type { Connection, Service } from './service';
import type { Transport } from './state';

export type CarrierEvents = Readonly<{
  open(): void;
  /** An item, as JSON. */
  news(json: string): void;
  /** It carries nothing any more, or never has. */
  lost(): void;
}>;

export interface Carrier {
  /** Looks whether it is alive, after the page has slept or the network changed. */
  probe(): void;
  close(): void;
}

/** How long a carrier may take to open, how long silence lasts before we ask, and how long the answer may take. */
export const limits = { open: 6000, quiet: 5000, answer: 4000 } as const;

/** How long a poll waits for news, in seconds. A dead line shows two seconds after that. */
const pollWait = 7;

export type Open = (connection: Connection, on: CarrierEvents) => Carrier;

/** What can be opened here, the best first. */
export function carriers(env: Environment, service: Service): readonly Readonly<{ transport: Transport; open: Open }>[] {
  const { WebSocket, EventSource } = env;
  return [
    ...(WebSocket === null ? [] : [{ transport: 'websocket' as const, open: ((c, on) => new SocketCarrier(WebSocket, c.socketUrl, on)) as Open }]),
    ...(EventSource === null ? [] : [{ transport: 'events' as const, open: ((c, on) => new EventsCarrier(EventSource, service.eventsUrl(c.token, null), on)) as Open }]),
    { transport: 'poll' as const, open: (c, on) => new PollCarrier(service, c.token, on) },
  ];
}

/** Watches over a line: asks when nothing has come for a while, and gives it up when that is not answered. */
class Watch {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: () => void,
    private readonly lost: () => void,
  ) {
    this.timer = setTimeout(lost, limits.open);
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.probe(), limits.quiet);
  }

  probe(): void {
    clearTimeout(this.timer);
    this.ask();
    this.timer = setTimeout(this.lost, limits.answer);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

/** A WebSocket with the frames of the service. */
class SocketCarrier implements Carrier {
  private readonly socket: WebSocket | null;
  private readonly watch: Watch;
  private state: 'opening' | 'open' | 'closed' = 'opening';

  constructor(Socket: new (url: string) => WebSocket, url: string, private readonly on: CarrierEvents) {
    this.watch = new Watch(
      () => this.send({ topic: 'aws/heartbeat' }),
      () => this.lose(),
    );
    this.socket = made(Socket, url);
    if (this.socket === null) {
      queueMicrotask(() => this.lose());
      return;
    }
    this.socket.onopen = () => this.send({ topic: 'aws/subscribe', content: { topics: ['aws/chat'] } });
    this.socket.onmessage = (e) => this.receive(e.data);
    this.socket.onclose = this.socket.onerror = () => this.lose();
  }

  probe(): void {
    if (this.state === 'open') this.watch.probe();
  }

  close(): void {
    this.state = 'closed';
    this.watch.end();
    if (this.socket !== null) silence(this.socket).close(1000);
  }

  private lose(): void {
    if (this.state === 'closed') return;
    this.close();
    this.on.lost();
  }

  private send(frame: unknown): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  private receive(data: unknown): void {
    if (this.state === 'closed') return;
    const frame = record(parse(data));
    switch (frame['topic']) {
      case 'aws/subscribe':
        if (record(frame['content'])['status'] !== 'success') {
          this.lose();
          return;
        }
        if (this.state === 'opening') {
          this.state = 'open';
          this.on.open();
        }
        break;
      case 'aws/chat':
        this.on.news(text(frame['content']));
    }
    if (this.state === 'open') this.watch.heard();
  }
}

/** Some browsers throw for what others close: an address that the page's policy forbids. */
function made<T>(Class: new (url: string) => T, url: string): T | null {
  try {
    return new Class(url);
  } catch {
    return null;
  }
}

function silence(socket: WebSocket): WebSocket {
  socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
  return socket;
}

/** Server-sent events. The first says where the chat is; beats come while nothing else does. */
class EventsCarrier implements Carrier {
  private readonly source: EventSource | null;
  private readonly watch: Watch;
  private open = false;
  private closed = false;

  constructor(Source: new (url: string) => EventSource, url: string, private readonly on: CarrierEvents) {
    this.watch = new Watch(
      () => undefined, // nobody can be asked, but the next beat is due
      () => this.lose(),
    );
    this.source = made(Source, url);
    if (this.source === null) {
      queueMicrotask(() => this.lose());
      return;
    }
    this.source.addEventListener('position', () => this.opened());
    this.source.addEventListener('beat', () => this.watch.heard());
    this.source.onmessage = (e) => {
      this.watch.heard();
      this.on.news(text(e.data));
    };
    this.source.onerror = () => this.lose(); // it would try again by itself, with a token that may be old
  }

  probe(): void {
    if (this.open) this.watch.probe();
  }

  close(): void {
    this.closed = true;
    this.watch.end();
    this.source?.close();
  }

  private opened(): void {
    this.watch.heard();
    if (this.open) return;
    this.open = true;
    this.on.open();
  }

  private lose(): void {
    if (this.closed) return;
    this.close();
    this.on.lost();
  }
}

/** Long polls, one after the other, each from where the last one ended. */
class PollCarrier implements Carrier {
  private readonly end = new AbortController();

  constructor(
    private readonly service: Service,
    private readonly token: string,
    private readonly on: CarrierEvents,
  ) {
    void this.run();
  }

  /** Polls are short: a dead one shows by itself. */
  probe(): void {}

  close(): void {
    this.end.abort();
  }

  private async run(): Promise<void> {
    try {
      for (let position: number | null = null; ; ) {
        const answer = await this.service.poll(this.token, position, pollWait, this.end.signal);
        if (this.end.signal.aborted) return;
        if (position === null) this.on.open();
        position = answer.position;
        for (const item of answer.items) this.on.news(item);
      }
    } catch {
      if (this.end.signal.aborted) return;
      this.end.abort();
      this.on.lost();
    }
  }
}

export function parse(json: unknown): unknown {
  try {
    return JSON.parse(text(json));
  } catch {
    return null;
  }
}
