/**
 * What a customer's chat looks like from outside: one value that says all, and
 * the actions that change it. A page shows the value and calls the actions; it
 * knows nothing of sockets, tokens or tabs.
 */

import type { Item, ItemId, ParticipantId, Receipt } from '../item';

/** Where the chat is. "resuming" looks for a chat that was going on before the page was loaded. */
export type Phase = 'idle' | 'resuming' | 'starting' | 'open' | 'ended';

/** How the line to the server is. Told as "reconnecting" only after two seconds without one. */
export type Line = 'connecting' | 'live' | 'reconnecting' | 'offline';

/** What carries the line: a WebSocket, server-sent events, or long polls. */
export type Transport = 'websocket' | 'events' | 'poll';

/** How far a message or file of the customer's own has come. */
export type Delivery = 'waiting' | 'sending' | 'sent' | Receipt | 'failed';

/** One entry of the outbox: said by the customer, not yet in the transcript. Kept over reloads, sent once, in order. */
export type Outgoing = Readonly<{
  /** The client token: a repeat under it cannot be said twice. */
  key: string;
  at: string;
  content: string;
  contentType: string;
  /** Set for files. */
  file: Readonly<{ name: string; type: string; size: number; sent: number }> | null;
  delivery: 'waiting' | 'sending' | 'failed';
  /** Why it failed, in the server's words; null else. */
  problem: Problem | null;
}>;

/** Something that went wrong, by its kind, so that a page can say it in its own language. */
export type Problem = Readonly<{
  kind: 'offline' | 'refused' | 'throttled' | 'not started' | 'too large' | 'file type' | 'ended' | 'unknown';
  detail: string;
}>;

export type Person = Readonly<{ id: ParticipantId; name: string; role: 'AGENT' | 'SYSTEM' | 'CUSTOM_BOT' | 'SUPERVISOR' }>;

/** Where a waiting chat stands; null numbers are not known. */
export type Queue = Readonly<{ position: number | null; waitSeconds: number | null }>;

export type ChatState = Readonly<{
  phase: Phase;
  line: Line;
  transport: Transport;
  /** The chat's first contact; empty before it has started. */
  contact: string;
  me: ParticipantId;
  /** In order, every id once: earlier chats of a persistent chat included. */
  items: readonly Item[];
  outbox: readonly Outgoing[];
  /** Whether older items can be had by more(). */
  earlier: boolean;
  /** Who takes part beside the customer. */
  people: readonly Person[];
  typing: readonly Person[];
  /** Of the customer's own items, as far as is known. */
  deliveries: ReadonlyMap<ItemId, Delivery>;
  /** Set while the chat waits for an agent. */
  queue: Queue | null;
  /** When the server will close the chat for silence (milliseconds since 1970), if it has warned. */
  idleUntil: number | null;
  /** Messages that came and were not seen. */
  unread: number;
  /** False where the browser keeps nothing: the chat lives as long as the page. */
  persistent: boolean;
  problem: Problem | null;
}>;

/** What starts a chat. */
export type Start = Readonly<{
  name: string;
  attributes: Readonly<Record<string, string>>;
  /** A signed token of the embedding site (JWT), where the widget asks for one. */
  token?: string;
}>;

/** What a page can do. Nothing here throws: what went wrong is in the state. */
export interface Chat {
  readonly state: ChatState;
  /** Calls back after each change of the state; returns what ends that. */
  subscribe(listener: () => void): () => void;
  /** Goes on with a chat from before a reload, or of another tab. Resolves to whether there was one. */
  resume(): Promise<boolean>;
  start(start: Start): Promise<void>;
  /** Says something; contentType is text/plain unless given. */
  send(content: string, contentType?: string): void;
  sendFile(file: File): void;
  retry(key: string): void;
  discard(key: string): void;
  /** The customer is typing: told to others at most every few seconds. */
  typing(): void;
  /** Everything shown has been seen, or the page has become hidden. */
  seen(visible: boolean): void;
  more(): Promise<void>;
  /** A download address of a file in the chat. */
  fileUrl(attachment: string): Promise<string | null>;
  /** The template of a view that a flow shows, by the token in its message; null where there is none. */
  view(token: string): Promise<unknown>;
  end(): Promise<void>;
  /** Forgets an ended chat, so that another one can start. */
  reset(): void;
  /** Ends everything of this page, and leaves the chat to go on. */
  close(): void;
}
