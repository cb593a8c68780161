// Chats as the cases need them: a customer who is connected, an agent who has
// accepted. Each one is cleaned up after its test, so that a file's tests can
// share a server and its two agents.
import { randomUUID } from 'node:crypto';
import { undo } from './undo.mjs';
import { connection, eventually, ok, participant, post, send, Socket, type } from './wire.mjs';

/** Starts a chat at the personal backend and answers its startChatResult. */
export async function start(server, body = {}) {
  const a = await ok(post(server.startChatUrl, { ParticipantDetails: { DisplayName: 'Ada' }, ...body }));
  return a.data.startChatResult;
}

/** A customer with a connection and a subscribed socket; t ends the chat after its test. */
export async function customer(t, server, body) {
  const chat = await start(server, body);
  const c = { chat, contactId: chat.ContactId, participantId: chat.ParticipantId, participantToken: chat.ParticipantToken };
  const first = await connection(server, c.participantToken);
  c.token = first.token;
  c.socket = await Socket.subscribed(first.url);
  c.send = (text, more) => send(server, c.token, text, more);
  undo(t, async () => {
    await participant(server, 'disconnect', c.token, {});
    c.socket.close();
  });
  return c;
}

/** A signed-in agent on the agent API, Available, with one subscribed socket. */
export async function agent(t, server, username = 'ana') {
  const { password } = server.agents.find((a) => a.username === username);
  const { accessToken } = await ok(post(`${server.url}/auth/token`, { username, password }));
  const a = new Agent(server, accessToken);
  const { configuration } = await a.do('GetAgentConfiguration');
  a.configuration = configuration;
  await a.state('Available');
  a.socket = await a.openSocket();
  undo(t, async () => {
    await a.state('Offline');
    for (const contact of (await a.snapshot()).contacts) {
      const mine = contact.connections.find((c) => c.type === 'agent');
      await a.call('DestroyConnection', { contactId: contact.contactId, connectionId: mine?.connectionId });
      await a.call('ClearContact', { contactId: contact.contactId });
    }
    a.socket.close();
  });
  return a;
}

/** A customer and an agent in one chat, both joined and both listening. */
export async function conversation(t, server, body, username) {
  const ana = await agent(t, server, username);
  const ada = await customer(t, server, body);
  const mine = await ana.accept(ada.contactId);
  await ana.socket.item((i) => i.ContentType === type.joined && i.ParticipantId === mine.participantId);
  return { ada, ana, agent: mine };
}

class Agent {
  constructor(server, accessToken) {
    this.server = server;
    this.accessToken = accessToken;
  }

  /** Calls an operation of the agent API. */
  call(operation, body = {}) {
    return post(`${this.server.url}/api`, body, {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': `AmazonConnectCTIService.${operation}`,
      'X-Amz-Bearer': this.accessToken,
    });
  }

  do(operation, body) {
    return ok(this.call(operation, body));
  }

  async snapshot() {
    return (await this.do('GetAgentSnapshot', { timeout: 0 })).snapshot;
  }

  async openSocket() {
    const { webSocketTransport } = await this.do('CreateTransport', { transportType: 'web_socket' });
    return Socket.subscribed(webSocketTransport.url, {}, ['aws/chat', 'agent/snapshot']);
  }

  async state(name) {
    const state = this.configuration.agentStates.find((s) => s.name === name);
    await this.do('PutAgentState', { state, enqueueNextState: true });
  }

  /** Waits until a contact is in the snapshot in a state, and answers it. */
  contact(contactId, state) {
    return eventually(async () => {
      const contact = (await this.snapshot()).contacts.find((c) => c.contactId === contactId);
      if (contact?.state.type !== state) throw new Error(`contact ${contactId} is ${contact?.state.type}, not ${state}`);
      return contact;
    });
  }

  /** Takes the chat when it rings and answers the agent's place in it. */
  async accept(contactId) {
    await this.contact(contactId, 'connecting');
    await this.do('AcceptContact', { contactId });
    const contact = await this.contact(contactId, 'connected');
    return this.place(contact);
  }

  /** The agent's own participant of a contact, with a token for the participant API. */
  async place(contact) {
    const connectionId = contact.connections.find((c) => c.type === 'agent').connectionId;
    const { chatTokenTransport } = await this.do('CreateTransport', {
      transportType: 'chat_token',
      contactId: contact.contactId,
      participantId: connectionId,
    });
    const token = chatTokenTransport.participantToken;
    return {
      contact,
      participantId: connectionId,
      token,
      send: (text, more) => send(this.server, token, text, more),
    };
  }
}

/** A client token nobody has used. */
export const clientToken = () => randomUUID();
