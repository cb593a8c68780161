/**
 * The one file of the engine that fetches. Every answer is parsed here, and
 * every failure becomes a Refusal.
 */

import { list, parseItems, record, text, type Item, type ItemId } from '../item';
import { routes, type Operations, type UploadMetadata } from '../wire/participant.gen';
import type { Environment } from './environment';
import type { Queue, Start } from './state';

/** A refusal of the service, or a failure to reach it (status 0). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** The error's name on the wire, like AccessDeniedException; empty where there was none. */
    readonly kind: string,
    message: string,
    /** How long the server asks to be left alone, in milliseconds; null: it has not said. */
    readonly retryAfter: number | null,
  ) {
    super(message);
    this.name = 'Refusal';
  }

  /** Whether the same request may succeed later: never true of what is wrong with the request itself. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** A chat as it was handed out. */
export type Started = Readonly<{ contactId: string; participantId: string; participantToken: string }>;

/** What a started chat is opened with. */
export type Connection = Readonly<{
  socketUrl: string;
  token: string;
  /** When the line should be renewed, in milliseconds since 1970. */
  renewBy: number;
}>;

export type TranscriptPage = Readonly<{ items: readonly Item[]; nextToken: string | null }>;

/** An upload that has begun. */
export type UploadTarget = Readonly<{ id: string; url: string; headers: Readonly<Record<string, string>> }>;

/** How long an answer is waited for, in milliseconds. */
const patience = 20_000;

/** How long before it expires a connection is renewed, and how long one is kept at most; at least, too, since a clock here may be wrong. */
const renewal = { before: 120_000, most: 55 * 60_000, least: 5 * 60_000 } as const;

/** The longest that a transcript page can be. */
const pageSize = 100;

type Request = Readonly<{ method?: string; headers?: Readonly<Record<string, string>>; body?: unknown; patience?: number; signal?: AbortSignal }>;
type Answer = Readonly<Record<string, unknown>>;

export class Service {
  constructor(
    private readonly env: Pick<Environment, 'fetch'>,
    /** The server's address, without a slash at the end; empty means the page's own. */
    private readonly base: string,
  ) {}

  /** Starts a chat by a widget. A repeat under the same client token starts no other. */
  async startByWidget(
    widget: string,
    start: Start,
    more: Readonly<{ clientToken: string; proof?: string; contentTypes?: readonly string[]; durationMinutes?: number; customerId?: string }>,
  ): Promise<Started> {
    const body = { displayName: start.name, attributes: start.attributes, ...(start.token === undefined ? {} : { token: start.token }), ...more };
    const o = await this.request(`/widget/${encodeURIComponent(widget)}/start`, { body });
    return parseStarted(o);
  }

  /** What a widget wants proven before it starts a chat. */
  async challenge(widget: string): Promise<{ challenge: string; difficulty: number }> {
    const o = await this.request(`/widget/${encodeURIComponent(widget)}/challenge`, {});
    const difficulty = o['difficulty'];
    return { challenge: text(o['challenge']), difficulty: typeof difficulty === 'number' ? difficulty : 0 };
  }

  async connect(participantToken: string): Promise<Connection> {
    const o = await this.call('CreateParticipantConnection', participantToken, { Type: ['WEBSOCKET', 'CONNECTION_CREDENTIALS'] });
    const socket = record(o['Websocket']);
    const credentials = record(o['ConnectionCredentials']);
    const ends = [socket['ConnectionExpiry'], credentials['Expiry']].map((t) => Date.parse(text(t))).filter((t) => !Number.isNaN(t));
    return {
      socketUrl: text(socket['Url']),
      token: text(credentials['ConnectionToken']),
      renewBy: Math.max(Date.now() + renewal.least, Math.min(Date.now() + renewal.most, ...ends.map((t) => t - renewal.before))),
    };
  }

  async sendMessage(token: string, content: string, contentType: string, clientToken: string): Promise<{ id: ItemId; at: string }> {
    const o = await this.call('SendMessage', token, { ContentType: contentType, Content: content, ClientToken: clientToken });
    return { id: text(o['Id']), at: text(o['AbsoluteTime']) };
  }

  async sendEvent(token: string, contentType: string, content?: string): Promise<void> {
    await this.call('SendEvent', token, content === undefined ? { ContentType: contentType } : { ContentType: contentType, Content: content });
  }

  /** The newest items, or, with the token of such a page, those before it. */
  async newest(token: string, nextToken: string | null): Promise<TranscriptPage> {
    return this.page(token, { ScanDirection: 'BACKWARD', ...(nextToken === null ? {} : { NextToken: nextToken }) });
  }

  /** The items from one on, itself included. */
  async from(token: string, id: ItemId, nextToken: string | null): Promise<TranscriptPage> {
    return this.page(token, { ScanDirection: 'FORWARD', StartPosition: { Id: id }, ...(nextToken === null ? {} : { NextToken: nextToken }) });
  }

  async disconnect(token: string, clientToken: string): Promise<void> {
    await this.call('DisconnectParticipant', token, { ClientToken: clientToken });
  }

  async startUpload(token: string, file: Readonly<{ name: string; type: string; size: number }>, clientToken: string): Promise<UploadTarget> {
    const o = await this.call('StartAttachmentUpload', token, {
      AttachmentName: file.name,
      AttachmentSizeInBytes: file.size,
      ContentType: file.type,
      ClientToken: clientToken,
    });
    const target = record(o['UploadMetadata']) as UploadMetadata;
    const headers = Object.entries(record(target.HeadersToInclude)).map(([name, value]) => [name, text(value)]);
    return { id: text(o['AttachmentId']), url: text(target.Url), headers: Object.fromEntries(headers) as Record<string, string> };
  }

  async completeUpload(token: string, id: string, clientToken: string): Promise<void> {
    await this.call('CompleteAttachmentUpload', token, { AttachmentIds: [id], ClientToken: clientToken });
  }

  async attachmentUrl(token: string, id: string): Promise<string> {
    return text((await this.call('GetAttachment', token, { AttachmentId: id }))['Url']);
  }

  /** What a view is drawn from; null for one that cannot be read. */
  async view(token: string, viewToken: string): Promise<unknown> {
    const o = await this.request(`/participant/views/${encodeURIComponent(viewToken)}`, { headers: { 'X-Amz-Bearer': token } });
    try {
      return JSON.parse(text(record(record(o['View'])['Content'])['Template']));
    } catch {
      return null;
    }
  }

  /** Where the chat stands in its queue; null when it does not wait. */
  async queue(token: string): Promise<Queue | null> {
    const o = await this.request(`/events/queue?token=${encodeURIComponent(token)}`, {});
    if (o['waiting'] !== true) return null;
    return { position: number(o['position']), waitSeconds: number(o['waitSeconds']) };
  }

  /** The address of the server-sent events of a chat. */
  eventsUrl(token: string, after: number | null): string {
    return `${this.base}/events?token=${encodeURIComponent(token)}${after === null ? '' : `&after=${after}`}`;
  }

  /** Waits for what follows a position; a first poll, without one, only asks where the chat is. */
  async poll(token: string, after: number | null, wait: number, signal: AbortSignal): Promise<{ position: number; items: readonly string[] }> {
    const query = `token=${encodeURIComponent(token)}${after === null ? '' : `&after=${after}`}&wait=${wait}`;
    const o = await this.request(`/events/poll?${query}`, { signal, patience: (wait + 2) * 1000 });
    return { position: number(o['position']) ?? 0, items: list(o['items']).map(text) };
  }

  private async page(token: string, body: Operations['GetTranscript']['request']): Promise<TranscriptPage> {
    const o = await this.call('GetTranscript', token, { MaxResults: pageSize, SortOrder: 'ASCENDING', ...body });
    return { items: parseItems(o['Transcript']), nextToken: text(o['NextToken']) || null };
  }

  private call<Name extends keyof Operations>(name: Name, token: string, body: Operations[Name]['request']): Promise<Answer> {
    const [method, path] = routes[name];
    return this.request(path, { method, headers: { 'X-Amz-Bearer': token }, body });
  }

  private async request(path: string, r: Request): Promise<Answer> {
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(), r.patience ?? patience);
    const abort = () => impatience.abort();
    r.signal?.addEventListener('abort', abort);
    try {
      const response = await this.env.fetch(this.base + path, {
        method: r.method ?? (r.body === undefined ? 'GET' : 'POST'),
        headers: { ...(r.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...r.headers },
        ...(r.body === undefined ? {} : { body: JSON.stringify(r.body) }),
        signal: impatience.signal,
      });
      const answer: Answer = record(await response.json().catch((e: unknown) => {
        if (response.ok) throw e; // cut off: nobody knows what it would have said
        return null;
      }));
      if (response.ok) return answer;
      throw new Refusal(response.status, text(answer['__type']), text(answer['message']), retryAfter(response.headers.get('Retry-After')));
    } catch (e) {
      if (e instanceof Refusal) throw e;
      throw new Refusal(0, '', 'The server cannot be reached.', null);
    } finally {
      clearTimeout(timer);
      r.signal?.removeEventListener('abort', abort);
    }
  }
}

function parseStarted(o: Answer): Started {
  const started = { contactId: text(o['contactId']), participantId: text(o['participantId']), participantToken: text(o['participantToken']) };
  if (Object.values(started).includes('')) throw new Refusal(200, '', 'The answer holds no chat.', null);
  return started;
}

function number(v: unknown): number | null {
  return typeof v === 'number' ? v : null;
}

/** Reads the header, which holds seconds or a date. */
export function retryAfter(value: string | null): number | null {
  if (value === null || value === '') return null;
  const seconds = Number(value);
  const wait = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}
