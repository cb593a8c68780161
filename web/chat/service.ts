/**
 * The one file that fetches. Every answer is parsed here and every failure
 * becomes a ServiceError, so that the rest deals in plain values.
 */

import { list, parseItems, record, text, type ContactId, type Item, type ItemId, type ParticipantId } from './item';

/** A refusal of the service, or a failure to reach it (status 0). */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    /** The error's name on the wire, like AccessDeniedException; empty when there was none. */
    readonly kind: string,
    message: string,
  ) {
    super(message);
    this.name = 'ServiceError';
  }
}

/** What a development server says about itself, so that its pages need no typing. */
export type DemoConfig = Readonly<{
  dev: boolean;
  instanceId: string;
  contactFlowId: string;
  /** The widget that the server was seeded with; empty where it has none. */
  widgetId: string;
  region: string;
  agents: readonly Readonly<{ username: string; password: string }>[];
}>;

const noConfig: DemoConfig = { dev: false, instanceId: '', contactFlowId: '', widgetId: '', region: 'us-west-2', agents: [] };

/** Reads the demo configuration. A server that has none is not a development server, and everything has a default. */
export async function demoConfig(): Promise<DemoConfig> {
  try {
    const o = await get('/demo/config.json');
    return {
      dev: o['dev'] === true,
      instanceId: text(o['instanceId']),
      contactFlowId: text(o['contactFlowId']),
      widgetId: text(o['widgetId']),
      region: text(o['region']) || noConfig.region,
      agents: list(o['agents']).map((a) => ({
        username: text(record(a)['username']),
        password: text(record(a)['password']),
      })),
    };
  } catch {
    return noConfig;
  }
}

/** A chat as the personal chat backend hands it out; given to ChatJS as it is. */
export type StartedChat = Readonly<{ ContactId: ContactId; ParticipantId: ParticipantId; ParticipantToken: string }>;

/** Starts a chat for a customer. Empty ids mean the server's defaults. */
export async function startChat(name: string, config: DemoConfig): Promise<StartedChat> {
  const o = await post('/start-chat', {}, {
    InstanceId: config.instanceId,
    ContactFlowId: config.contactFlowId,
    ParticipantDetails: { DisplayName: name },
    SupportedMessagingContentTypes: ['text/plain', 'text/markdown'],
  });
  const started = parseStartedChat(record(o['data'])['startChatResult']);
  if (started === null) throw new ServiceError(200, '', 'The answer holds no chat.');
  return started;
}

/** Parses a started chat, from the backend or from where the tab kept it. */
export function parseStartedChat(value: unknown): StartedChat | null {
  const o = record(value);
  const chat = {
    ContactId: text(o['ContactId']),
    ParticipantId: text(o['ParticipantId']),
    ParticipantToken: text(o['ParticipantToken']),
  };
  return Object.values(chat).includes('') ? null : chat;
}

/** Says a message; the same client token never says it twice. */
export async function sendMessage(token: string, content: string, clientToken: string, contentType = 'text/plain'): Promise<ItemId> {
  const o = await participant('message', token, { ContentType: contentType, Content: content, ClientToken: clientToken });
  return text(o['Id']);
}

/** Tells the others something that is not a message: typing, delivered, read. */
export async function sendEvent(token: string, contentType: string, content?: string): Promise<void> {
  await participant('event', token, content === undefined ? { ContentType: contentType } : { ContentType: contentType, Content: content });
}

/** Reads one page of the transcript, newest pages first, each in ascending order. */
export async function transcriptPage(
  token: string,
  nextToken: string | null,
): Promise<{ items: readonly Item[]; nextToken: string | null }> {
  const o = await participant('transcript', token, {
    MaxResults: 100,
    ScanDirection: 'BACKWARD',
    SortOrder: 'ASCENDING',
    ...(nextToken === null ? {} : { NextToken: nextToken }),
  });
  return { items: parseItems(o['Transcript']), nextToken: text(o['NextToken']) || null };
}

/** Sends a file: announces it, hands over its bytes, and says that they are there. Answers its id. */
export async function sendFile(token: string, file: File, clientToken: string): Promise<string> {
  const begun = await participant('start-attachment-upload', token, {
    AttachmentName: file.name,
    AttachmentSizeInBytes: file.size,
    ContentType: file.type,
    ClientToken: clientToken,
  });
  const id = text(begun['AttachmentId']);
  const upload = record(begun['UploadMetadata']);
  const headers = Object.fromEntries(Object.entries(record(upload['HeadersToInclude'])).map(([name, value]) => [name, text(value)]));
  const response = await reach(text(upload['Url']), { method: 'PUT', headers, body: file });
  if (!response.ok) throw new ServiceError(response.status, '', 'The file could not be stored.');
  await participant('complete-attachment-upload', token, { AttachmentIds: [id], ClientToken: crypto.randomUUID() });
  return id;
}

/** Answers an address from which a file can be fetched for a while. */
export async function fileUrl(token: string, id: string): Promise<string> {
  return text((await participant('attachment', token, { AttachmentId: id }))['Url']);
}

function participant(operation: string, token: string, body: Readonly<Record<string, unknown>>) {
  return post(`/participant/${operation}`, { 'X-Amz-Bearer': token }, body);
}

export function get(path: string) {
  return request('GET', path, {}, undefined);
}

/** Posts JSON and answers the JSON object that comes back. */
export function post(path: string, headers: Readonly<Record<string, string>>, body: Readonly<Record<string, unknown>>) {
  return request('POST', path, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(body));
}

async function request(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await reach(path, { method, headers, signal: AbortSignal.timeout(patience), ...(body === undefined ? {} : { body }) });
  const answer = await answerOf(response);
  if (response.ok) return answer;
  const inner = record(record(answer['data'])['Error']); // how the chat backend wraps its errors
  const message = text(answer['message']) || text(inner['message']) || `The server answered ${response.status}.`;
  throw new ServiceError(response.status, text(answer['__type']) || text(inner['code']), message);
}

/** How long an answer is waited for, in milliseconds: a line that has died without a word must not hold up all that follows. */
const patience = 20_000;

/** The JSON object of an answer. A good answer that breaks off, or is somebody else's, is none: the request may be made again. */
async function answerOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body = await response.text();
    return record(body === '' ? null : JSON.parse(body));
  } catch {
    if (!response.ok) return {};
    throw new ServiceError(0, '', 'The answer of the server has not come whole.');
  }
}

async function reach(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch {
    throw new ServiceError(0, '', 'The server cannot be reached.');
  }
}
