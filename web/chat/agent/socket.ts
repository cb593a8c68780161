/**
 * An agent's one socket: it carries the items of all the agent's chats and
 * the pictures of the agent's state, and comes back by itself when it drops.
 */

import { list, parseIncoming, record, text, type Incoming } from '../item';
import { parseSnapshot, type Snapshot } from './snapshot';

/** What a frame of the agent socket means. */
export type AgentFrame = Readonly<
  | { type: 'subscribed' }
  | { type: 'beat' }
  | { type: 'snapshot'; snapshot: Snapshot }
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

const beatEvery = 10_000;

/** Keeps a socket open until stop is called. url answers a fresh address for every attempt. */
export class AgentSocket {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private stopped = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly url: () => Promise<string>,
    private readonly on: SocketHandlers,
  ) {
    void this.dial();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.beat);
    this.socket?.close(1000);
  }

  private async dial(): Promise<void> {
    let url: string;
    try {
      url = await this.url();
    } catch (reason) {
      if (!this.stopped && this.on.failed(reason)) this.again();
      return;
    }
    if (this.stopped) return;
    const socket = new WebSocket(url);
    this.socket = socket;
    let answered = true;
    let lost = false;
    const close = () => {
      if (lost) return;
      lost = true;
      clearInterval(this.beat);
      socket.close();
      if (this.stopped) return;
      this.on.lost();
      this.again();
    };
    socket.onopen = () => {
      socket.send(JSON.stringify({ topic: 'aws/subscribe', content: { topics: ['aws/chat', 'agent/snapshot'] } }));
      clearInterval(this.beat);
      this.beat = setInterval(() => {
        if (!answered) return close();
        answered = false;
        socket.send(JSON.stringify({ topic: 'aws/heartbeat' }));
      }, beatEvery);
    };
    socket.onmessage = (message) => {
      const frame = parseFrame(message.data);
      if (frame === null || lost) return;
      if (frame.type === 'beat') answered = true;
      if (frame.type === 'subscribed') {
        this.attempt = 0;
        this.on.open();
      }
      this.on.frame(frame);
    };
    socket.onclose = close;
  }

  private again(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.dial(), backOff(this.attempt, Math.random()));
    this.attempt++;
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
