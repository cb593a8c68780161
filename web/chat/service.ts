/**
 * The one file that fetches. Every answer is parsed here and every failure
 * becomes a ServiceError, so that the rest deals in plain values.
 */

import { list, parseItems, record, text, type ContactId, type Item, type ItemId, type ParticipantId } from './item';
import { parseConfiguration, parseSnapshot, type AgentState, type Configuration, type Snapshot } from './agent/snapshot';

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
  region: string;
  agents: readonly Readonly<{ username: string; password: string }>[];
}>;

const noConfig: DemoConfig = { dev: false, instanceId: '', contactFlowId: '', region: 'us-west-2', agents: [] };

/** Reads the demo configuration. A server that has none is not a development server, and everything has a default. */
export async function demoConfig(): Promise<DemoConfig> {
  try {
    const o = await request('GET', '/demo/config.json', {}, undefined);
    return {
      dev: o['dev'] === true,
      instanceId: text(o['instanceId']),
      contactFlowId: text(o['contactFlowId']),
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

/** Signs an agent in and answers the access token. */
export async function signIn(username: string, password: string): Promise<string> {
  const token = text((await post('/auth/token', {}, { username, password }))['accessToken']);
  if (token === '') throw new ServiceError(200, '', 'The answer holds no access token.');
  return token;
}

/** What an agent does, under one access token. */
export class AgentService {
  constructor(private readonly accessToken: string) {}

  async configuration(): Promise<Configuration> {
    return parseConfiguration((await this.call('GetAgentConfiguration', {}))['configuration']);
  }

  async snapshot(): Promise<Snapshot> {
    return parseSnapshot((await this.call('GetAgentSnapshot', { timeout: 0 }))['snapshot']);
  }

  /** Answers the address of a fresh socket, good for one use. */
  async socketUrl(): Promise<string> {
    const o = await this.call('CreateTransport', { transportType: 'web_socket' });
    return text(record(o['webSocketTransport'])['url']);
  }

  /** Answers a token for taking part in one contact, and when it expires (milliseconds). */
  async chatToken(contactId: ContactId, participantId: ParticipantId): Promise<{ token: string; expires: number }> {
    const o = await this.call('CreateTransport', { transportType: 'chat_token', contactId, participantId });
    const transport = record(o['chatTokenTransport']);
    return { token: text(transport['participantToken']), expires: Date.parse(text(transport['expiry'])) };
  }

  /** Changes the agent's state, or lines it up behind the chats that are still going on. */
  async putState(state: AgentState): Promise<void> {
    await this.call('PutAgentState', {
      state: { agentStateARN: state.arn, type: state.type, name: state.name },
      enqueueNextState: true,
    });
  }

  async accept(contactId: ContactId): Promise<void> {
    await this.call('AcceptContact', { contactId });
  }

  async reject(contactId: ContactId): Promise<void> {
    await this.call('RejectContact', { contactId });
  }

  /** Leaves a chat; connectionId is the agent's own. */
  async end(contactId: ContactId, connectionId: string): Promise<void> {
    await this.call('DestroyConnection', { contactId, connectionId });
  }

  /** Closes a contact whose chat is over and frees its slot. */
  async clear(contactId: ContactId): Promise<void> {
    await this.call('ClearContact', { contactId });
  }

  private call(operation: string, body: Readonly<Record<string, unknown>>) {
    return post(
      '/api',
      {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': `AmazonConnectCTIService.${operation}`,
        'X-Amz-Bearer': this.accessToken,
      },
      body,
    );
  }
}

/** Says a message; the same client token never says it twice. */
export async function sendMessage(token: string, content: string, clientToken: string): Promise<ItemId> {
  const o = await participant('message', token, { ContentType: 'text/plain', Content: content, ClientToken: clientToken });
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

function participant(operation: string, token: string, body: Readonly<Record<string, unknown>>) {
  return post(`/participant/${operation}`, { 'X-Amz-Bearer': token }, body);
}

function post(path: string, headers: Readonly<Record<string, string>>, body: Readonly<Record<string, unknown>>) {
  return request('POST', path, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(body));
}

async function request(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  let response: Response;
  try {
    response = await fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
  } catch {
    throw new ServiceError(0, '', 'The server cannot be reached.');
  }
  const answer = record(await response.json().catch(() => null));
  if (response.ok) return answer;
  const inner = record(record(answer['data'])['Error']); // how the chat backend wraps its errors
  const message = text(answer['message']) || text(inner['message']) || `The server answered ${response.status}.`;
  throw new ServiceError(response.status, text(answer['__type']) || text(inner['code']), message);
}
