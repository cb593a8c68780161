/** The agent's operations, one method each, under the agent's session. */

import { list, parseItems, record, text, type ContactId, type Item, type ParticipantId } from '../item';
import { post } from '../service';
import {
  parseDetails, parseFound, parseQuickConnect, parseQuickResponse, parseSearchChoices, type Details, type FoundContact, type QuickConnect, type QuickResponse, type Search,
  type SearchChoices,
} from './records';
import { isOver, type Session } from './session';
import { parseConfiguration, parseSnapshot, type AgentState, type Configuration, type MonitorMode, type Snapshot } from './snapshot';

/** Some of many, and how to ask for the rest. */
export type Page<T> = Readonly<{ entries: readonly T[]; next: string | null }>;

type Fields = Readonly<Record<string, unknown>>;

export class AgentService {
  constructor(private readonly session: Session) {}

  async configuration(): Promise<Configuration> {
    return parseConfiguration((await this.call('GetAgentConfiguration'))['configuration']);
  }

  async snapshot(): Promise<Snapshot> {
    return parseSnapshot((await this.call('GetAgentSnapshot', { timeout: 0 }))['snapshot']);
  }

  /** Answers the address of a fresh socket, good for one use, and for how long (milliseconds) it may stay open. */
  async socketUrl(): Promise<Readonly<{ url: string; life: number }>> {
    const transport = record((await this.call('CreateTransport', { transportType: 'web_socket' }))['webSocketTransport']);
    const life = transport['transportLifeTimeInSeconds'];
    return { url: text(transport['url']), life: typeof life === 'number' ? life * 1000 : Infinity };
  }

  /** Answers a token for taking part in one contact, and when it expires (milliseconds). */
  async chatToken(contactId: ContactId, participantId: ParticipantId): Promise<Readonly<{ token: string; expires: number }>> {
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

  /** Whom contacts of these queues can be handed on to. */
  async quickConnects(queueARNs: readonly string[]): Promise<readonly QuickConnect[]> {
    return list((await this.call('GetEndpoints', { queueARNs }))['endpoints']).map(parseQuickConnect);
  }

  async transfer(contactId: ContactId, endpointARN: string): Promise<void> {
    await this.call('TransferContact', { contactId, endpoint: { endpointARN } });
  }

  /** Asks a colleague to join. */
  async add(contactId: ContactId, endpointARN: string): Promise<void> {
    await this.call('AddNewConnection', { contactId, endpoint: { endpointARN } });
  }

  async details(contactId: ContactId): Promise<Details> {
    return parseDetails(await this.call('DescribeContact', { contactId }));
  }

  /** Sets attributes of a contact; those that are not named stay. */
  async setAttributes(contactId: ContactId, attributes: Readonly<Record<string, string>>): Promise<void> {
    await this.call('UpdateContactAttributes', { contactId, attributes });
  }

  /** What a search can be narrowed to: the queues that the agent serves, for a supervisor all, and who takes chats. */
  async searchChoices(): Promise<SearchChoices> {
    return parseSearchChoices(await this.call('GetBoard'));
  }

  async search(search: Search, nextToken: string | null): Promise<Page<FoundContact>> {
    const o = await this.call('SearchContacts', { ...search, ...(nextToken === null ? {} : { nextToken }) });
    return { entries: list(o['contacts']).map(parseFound), next: text(o['nextToken']) || null };
  }

  /** Reads the transcript of a contact that need not be on the desk. */
  async transcript(contactId: ContactId, nextToken: string | null): Promise<Page<Item>> {
    const o = await this.call('GetContactTranscript', { contactId, ...(nextToken === null ? {} : { nextToken }) });
    return { entries: parseItems(o['items']), next: text(o['nextToken']) || null };
  }

  async quickResponses(query: string, contactId: ContactId): Promise<readonly QuickResponse[]> {
    return list((await this.call('QrSearchQuickResponses', { query, contactId }))['results']).map(parseQuickResponse);
  }

  /** Comes into a chat as a supervisor, silently at first. */
  async monitor(contactId: ContactId, mayBarge: boolean): Promise<ContactId> {
    return text((await this.call('MonitorContact', { contactId, mayBarge }))['contactId']);
  }

  async setMonitorMode(contactId: ContactId, targetMonitorMode: MonitorMode): Promise<void> {
    await this.call('UpdateMonitorParticipantState', { contactId, targetMonitorMode });
  }

  /** Calls any operation; a token that is refused is renewed once. */
  async call(operation: string, body: Fields = {}): Promise<Fields> {
    const token = await this.session.token();
    try {
      return await send(token, operation, body);
    } catch (e) {
      if (!isOver(e)) throw e;
      return send(await this.session.insteadOf(token), operation, body);
    }
  }
}

function send(token: string, operation: string, body: Fields): Promise<Fields> {
  return post(
    '/api',
    { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `AmazonConnectCTIService.${operation}`, 'X-Amz-Bearer': token },
    body,
  );
}
