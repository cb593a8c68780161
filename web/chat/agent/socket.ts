/**
 * An agent's one socket: it carries the items of all the agent's chats, the
 * pictures of the agent's state and what there is to choose from when that
 * changes, and comes back by itself when it drops.
 */

import { list, parseIncoming, record, text, type Incoming } from '../item';
import { parseConfiguration, parseSnapshot, type Configuration, type Snapshot } from './snapshot';

/** What a frame of the agent socket means. */
export type AgentFrame = Readonly<
  | { type: 'subscribed' }
  | { type: 'beat' }
  | { type: 'snapshot'; snapshot: Snapshot }
  | { type: 'configuration'; configuration: Configuration }
  | { type: 'incoming'; incoming: Incoming }
>;

/** Parses a frame; null when it means nothing to us. */
export function parseFrame(data: unknown): AgentFrame | null {
  const o = record(parseJson(text(data)));
  const content = o['content'];
  switch (o['topic']) {
    case 'aws/subscribe':
      return record(content)['status'] === 'success' && list(record(content)['topics']).includes('aws/chat')
        ? { type: 'subscribed' }
        : null;
    case 'aws/heartbeat':
      return { type: 'beat' };
    case 'agent/snapshot':
      return { type: 'snapshot', snapshot: parseSnapshot(record(parseJson(text(content)))['snapshot']) };
    case 'agent/configuration':
      return { type: 'configuration', configuration: parseConfiguration(record(parseJson(text(content)))['configuration']) };
    case 'aws/chat': {
      const incoming = parseIncoming(parseJson(text(content)));
      return incoming === null ? null : { type: 'incoming', incoming };
    }
    default:
      return null;
  }
}

/** Milliseconds to wait before attempt n (from 0): half a second doubled, up to ten, spread by up to a third. */
export function backOff(attempt: number, random: number): number {
  const step = Math.min(10_000, 500 * 2 ** attempt);
  return Math.round(step * (1 - random / 3));
}

export type SocketHandlers = Readonly<{
  /** The socket is up and subscribed; what was missed must be read elsewhere. */
  open(): void;
  lost(): void;
  frame(frame: AgentFrame): void;
  /** The attempt to get an address failed; false gives up. */
  failed(reason: unknown): boolean;
}>;

/** Where a socket is to be opened, and for how long it may stay open, in milliseconds. */
export type SocketAddress = Readonly<{ url: string; life: number }>;

const beatEvery = 10_000;

/** A socket is replaced when this part of its life is over. */
const renewAfter = 0.9;

/**
 * Keeps a socket open until stop is called; address answers a fresh one for
 * every attempt. Before a socket's life is over the next one is opened beside
 * it, so that nothing is missed.
 */
export class AgentSocket {
  private line: Line | null = null;
  private next: Line | null = null;
  private attempt = 0;
  private stopped = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: () => Promise<SocketAddress>,
    private readonly on: SocketHandlers,
  ) {
    void this.dial();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    clearTimeout(this.renewal);
    this.line?.close();
    this.next?.close();
  }

  /** Tries at once, when there is reason to think that the network is back; a socket that seems to be open has to show that it is. */
  hurry(): void {
    this.line?.probe();
    if (this.stopped || this.line !== null || this.next !== null) return;
    clearTimeout(this.retry);
    this.attempt = 0;
    void this.dial();
  }

  private async dial(): Promise<void> {
    let address: SocketAddress;
    try {
      address = await this.address();
    } catch (reason) {
      if (!this.stopped && this.on.failed(reason)) this.again();
      return;
    }
    if (this.stopped || this.next !== null) return;
    const line: Line = new Line(address.url, {
      subscribed: () => this.take(line, address.life),
      frame: (frame) => this.line === line && this.on.frame(frame),
      lost: () => this.drop(line),
    });
    this.next = line;
  }

  /** Makes a socket the one that is listened to. */
  private take(line: Line, life: number): void {
    const before = this.line;
    [this.line, this.next, this.attempt] = [line, null, 0];
    before?.close();
    clearTimeout(this.renewal);
    if (Number.isFinite(life)) this.renewal = setTimeout(() => void this.dial(), life * renewAfter);
    this.on.open();
  }

  private drop(line: Line): void {
    if (this.stopped) return;
    if (this.line === line) {
      this.line = null;
      this.on.lost();
      if (this.next === null) this.again();
    } else if (this.next === line) {
      this.next = null;
      this.again();
    }
  }

  private again(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.dial(), backOff(this.attempt, Math.random()));
    this.attempt++;
  }
}

/** How soon a probe must be answered, in milliseconds. */
const probeWithin = 4_000;

/** One WebSocket, from its beginning to its loss. One that is not subscribed by the first beat, or has not answered a beat by the next, is lost. */
class Line {
  private readonly socket: WebSocket;
  private readonly beat: ReturnType<typeof setInterval>;
  private probing: ReturnType<typeof setTimeout> | undefined;
  private answered = false;
  private over = false;

  constructor(
    url: string,
    private readonly on: Readonly<{ subscribed(): void; frame(frame: AgentFrame): void; lost(): void }>,
  ) {
    this.socket = new WebSocket(url);
    this.socket.onopen = () => this.socket.send(JSON.stringify({ topic: 'aws/subscribe', content: { topics: ['aws/chat', 'agent/snapshot', 'agent/configuration'] } }));
    this.beat = setInterval(() => {
      if (this.probing !== undefined) return;
      if (this.answered) this.ask();
      else this.lose();
    }, beatEvery);
    this.socket.onmessage = (message) => {
      const frame = parseFrame(message.data);
      if (frame === null || this.over) return;
      if (frame.type === 'beat' || frame.type === 'subscribed') this.answered = true;
      if (frame.type === 'subscribed') this.on.subscribed();
      this.on.frame(frame);
    };
    this.socket.onclose = () => this.lose();
  }

  /** Asks for a sign of life now, and not only at the next beat. */
  probe(): void {
    if (this.probing !== undefined) return;
    this.ask();
    this.probing = setTimeout(() => {
      this.probing = undefined;
      if (!this.answered) this.lose();
    }, probeWithin);
  }

  private ask(): void {
    this.answered = false;
    this.socket.send(JSON.stringify({ topic: 'aws/heartbeat' }));
  }

  /** Hangs up without a word to the handlers. */
  close(): void {
    this.over = true;
    clearInterval(this.beat);
    clearTimeout(this.probing);
    this.socket.close(1000);
  }

  private lose(): void {
    if (this.over) return;
    this.close();
    this.on.lost();
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
