/**
 * The customer's side of a chat, spoken by ChatJS exactly as it comes from
 * npm: the page loads its file, which leaves the global `connect` behind.
 */

import { contentType, parseIncoming, parseItems, record, text, type Incoming, type Item, type ItemId } from '../../chat/item';
import type { StartedChat } from '../../chat/service';

/** The part of ChatJS this page uses. What it answers is unknown until it is parsed. */
type ChatJs = Readonly<{
  setGlobalConfig(config: Readonly<{ region: string; endpoint: string; features: unknown }>): void;
  create(args: Readonly<{ chatDetails: StartedChat; type: 'CUSTOMER'; options: { region: string }; disableCSM: boolean }>): ChatJsSession;
}>;

type Handler = (event: unknown) => void;

type ChatJsSession = Readonly<{
  connect(): Promise<unknown>;
  onConnectionEstablished(h: Handler): void;
  onConnectionLost(h: Handler): void;
  onConnectionBroken(h: Handler): void;
  onMessage(h: Handler): void;
  onTyping(h: Handler): void;
  onReadReceipt(h: Handler): void;
  onDeliveredReceipt(h: Handler): void;
  onEnded(h: Handler): void;
  sendMessage(m: Readonly<{ contentType: string; message: string; clientToken: string }>): Promise<unknown>;
  sendEvent(e: Readonly<{ contentType: string; content?: string }>): Promise<unknown>;
  getTranscript(q: Readonly<{ maxResults: number; sortOrder: string; nextToken?: string }>): Promise<unknown>;
  disconnectParticipant(): Promise<unknown>;
}>;

declare global {
  interface Window {
    readonly connect?: Readonly<{ ChatSession: ChatJs }>;
  }
}

export type SessionHandlers = Readonly<{
  /** The socket is open; what was said meanwhile must be read. */
  open(): void;
  lost(): void;
  broken(): void;
  incoming(incoming: Incoming): void;
  ended(): void;
}>;

/** Why a call of ChatJS failed: the HTTP status, 0 without one, and the words. */
export type Refusal = Readonly<{ status: number; message: string }>;

export class CustomerSession {
  private readonly session: ChatJsSession;

  constructor(chat: StartedChat, region: string, on: SessionHandlers) {
    const chatJs = window.connect?.ChatSession;
    if (chatJs === undefined) throw new Error('The chat library did not load.');
    chatJs.setGlobalConfig({ region, endpoint: location.origin, features: { messageReceipts: { throttleTime: 1000 } } });
    this.session = chatJs.create({ chatDetails: chat, type: 'CUSTOMER', options: { region }, disableCSM: true });
    // The first of these comes before the socket is open and has no data.
    this.session.onConnectionEstablished((e) => {
      if (record(e)['data'] !== undefined) on.open();
    });
    this.session.onConnectionLost(() => on.lost());
    this.session.onConnectionBroken(() => on.broken());
    this.session.onEnded(() => on.ended());
    const pass = (e: unknown) => {
      const incoming = parseIncoming(record(e)['data']);
      if (incoming !== null) on.incoming(incoming);
    };
    this.session.onMessage(pass);
    this.session.onTyping(pass);
    this.session.onReadReceipt(pass);
    this.session.onDeliveredReceipt(pass);
  }

  connect(): Promise<unknown> {
    return this.session.connect();
  }

  async send(words: string, clientToken: string): Promise<ItemId> {
    const answer = await this.session.sendMessage({ contentType: 'text/plain', message: words, clientToken });
    return text(record(record(answer)['data'])['Id']);
  }

  typing(): Promise<unknown> {
    return this.session.sendEvent({ contentType: contentType.typing });
  }

  receipt(kind: 'delivered' | 'read', message: ItemId): Promise<unknown> {
    return this.session.sendEvent({ contentType: contentType[kind], content: JSON.stringify({ messageId: message }) });
  }

  /** Reads one page of the transcript, newest first, in ascending order. */
  async page(nextToken: string | null): Promise<{ items: readonly Item[]; nextToken: string | null }> {
    const query = { maxResults: 100, sortOrder: 'ASCENDING', ...(nextToken === null ? {} : { nextToken }) };
    const data = record(record(await this.session.getTranscript(query))['data']);
    return { items: parseItems(data['Transcript']), nextToken: text(data['NextToken']) || null };
  }

  leave(): Promise<unknown> {
    return this.session.disconnectParticipant();
  }
}

/** Reads what ChatJS rejects with, which for connect holds the cause two levels down. */
export function refusal(reason: unknown): Refusal {
  const o = record(reason);
  const inner = record(record(o['_debug'])['_debug']);
  const from = Object.keys(inner).length > 0 ? inner : o;
  const status = from['statusCode'];
  return { status: typeof status === 'number' ? status : 0, message: text(from['message']) || text(reason) || 'The server cannot be reached.' };
}
