/** What the launcher and the core know of each other. The core is another module, fetched when it is needed. */

import type { Settings } from './settings';

/** What Bellpull.start() may be given; what is missing the form asks for. */
export type Details = Readonly<{ name?: string; attributes?: Readonly<Record<string, string>>; token?: string }>;

/** The launcher, as the core sees it. */
export interface Host {
  /** The server's address, a slash at its end. */
  readonly base: string;
  readonly id: string;
  /** The answer of GET /widget/ID/config, not yet parsed. */
  readonly config: unknown;
  readonly settings: Settings;
  /** The accent as the page or the server has it. */
  readonly accent: string;
  readonly shadow: ShadowRoot;
  /** The element in the shadow root that everything is in. */
  readonly root: HTMLElement;
  readonly button: HTMLButtonElement;
  open(): void;
  close(): void;
  /** What the launcher's button is called, and how much is unread. */
  label(open: string, close: string): void;
  badge(count: number, label: string): void;
  emit(event: EventName, detail?: unknown): void;
}

/** The core, as the launcher sees it. */
export interface Core {
  show(open: boolean): void;
  start(details: Details): void;
  send(text: string): void;
  end(): void;
  /** The page has said something new. */
  update(): void;
  destroy(): void;
}

export type EventName = 'ready' | 'open' | 'close' | 'start' | 'end' | 'message' | 'unread';
