// The wire by hand: HTTP answers as they are, sockets frame by frame. These
// helpers know the contract and nothing of any client library.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const event = 'application/vnd.amazonaws.connect.event.';
export const type = {
  text: 'text/plain',
  markdown: 'text/markdown',
  json: 'application/json',
  interactiveResponse: 'application/vnd.amazonaws.connect.message.interactive.response',
  typing: `${event}typing`,
  acknowledged: `${event}connection.acknowledged`,
  delivered: `${event}message.delivered`,
  read: `${event}message.read`,
  metadata: `${event}message.metadata`,
  joined: `${event}participant.joined`,
  left: `${event}participant.left`,
  ended: `${event}chat.ended`,
};

/**
 * For how long, in ms, a test waits for what must come. It says nothing of speed:
 * it is far beyond what a busy machine needs, so that only what never comes fails.
 */
export const patience = 60_000;

export const both = ['WEBSOCKET', 'CONNECTION_CREDENTIALS'];
export const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Posts to a path and answers status, headers, the raw text and, where it is JSON, the body. */
export async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return answer(response);
}

export async function answer(response) {
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** A participant operation with a bearer token; op is the last part of the path. */
export function participant(server, op, token, body, headers = {}) {
  return post(`${server.url}/participant/${op}`, body, { ...(token === null ? {} : { 'X-Amz-Bearer': token }), ...headers });
}

/** As participant, for a call that must succeed: answers its body. */
export async function ok(promise) {
  const a = await promise;
  assert.equal(a.status, 200, a.text);
  assert.ok(a.body !== null && typeof a.body === 'object', `not an object: ${a.text}`);
  return a.body;
}

/** Checks an error answer as every client reads it: header, __type and message agree. */
export function refused(a, status, name) {
  assert.equal(a.status, status, a.text);
  assert.equal(a.body?.__type, name, a.text);
  assert.equal(a.headers.get('x-amzn-errortype'), name);
  assert.equal(typeof a.body.message, 'string');
  assert.match(a.headers.get('content-type'), /^application\/json\b/);
  assert.ok(a.headers.get('x-amzn-requestid'), 'no request id');
}

/** Opens a connection of a participant: its token, its socket address and the whole answer. */
export async function connection(server, participantToken, types = both, more = {}) {
  const body = await ok(participant(server, 'connection', participantToken, { Type: types, ...more }));
  return { token: body.ConnectionCredentials?.ConnectionToken, url: body.Websocket?.Url, body };
}

export const send = (server, token, text, more = {}) =>
  ok(participant(server, 'message', token, { ContentType: type.text, Content: text, ...more }));

export const sendEvent = (server, token, contentType, content, more = {}) =>
  participant(server, 'event', token, { ContentType: contentType, ...(content === undefined ? {} : { Content: content }), ...more });

export const transcript = (server, token, query = {}) =>
  ok(participant(server, 'transcript', token, { MaxResults: 100, SortOrder: 'ASCENDING', ScanDirection: 'BACKWARD', ...query }));

/** A socket with everything it ever received, in order. */
export class Socket {
  frames = [];
  closed = null;
  #waiters = new Set();

  /** Opens url and waits until the upgrade is done. */
  static async open(url, options = {}) {
    const s = new Socket();
    s.ws = new WebSocket(url, options);
    s.ws.on('message', (data, isBinary) => {
      s.frames.push({ text: data.toString(), isBinary, json: parse(data.toString()) });
      s.#wake();
    });
    s.ws.on('close', (code) => {
      s.closed = code;
      s.#wake();
    });
    await new Promise((resolve, reject) => {
      s.ws.once('open', resolve);
      s.ws.once('error', reject);
    });
    s.ws.on('error', () => {});
    return s;
  }

  /** Opens url and subscribes, to the chat topic where no other is named. */
  static async subscribed(url, options, topics = ['aws/chat']) {
    const s = await Socket.open(url, options);
    s.say({ topic: 'aws/subscribe', content: { topics } });
    await s.frame((f) => f.topic === 'aws/subscribe');
    return s;
  }

  say(frame) {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The items received so far, parsed from their frames. */
  get items() {
    return this.frames.filter((f) => f.json?.topic === 'aws/chat').map((f) => JSON.parse(f.json.content));
  }

  /** Waits for a frame the test wants and answers it. */
  frame(want, within) {
    return this.#wait(() => this.frames.map((f) => f.json).find((f) => f !== undefined && want(f)), want, within);
  }

  /** Waits for an item the test wants and answers it. */
  item(want, within) {
    return this.#wait(() => this.items.find(want), want, within);
  }

  /** Waits for an event item of this content type. */
  event(contentType, within) {
    return this.item((i) => i.ContentType === contentType, within);
  }

  message(text, within) {
    return this.item((i) => i.Type === 'MESSAGE' && i.Content === text, within);
  }

  /** Waits until everything sent before has been answered, by a heartbeat of its own. */
  async settled() {
    const before = this.frames.filter((f) => f.json?.topic === 'aws/heartbeat').length;
    this.say({ topic: 'aws/heartbeat' });
    await this.#wait(() => this.frames.filter((f) => f.json?.topic === 'aws/heartbeat').length > before, 'heartbeat');
  }

  close(code = 1000) {
    this.ws.close(code);
  }

  async #wait(find, want, within = patience) {
    const deadline = Date.now() + within;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      const left = deadline - Date.now();
      if (left <= 0) {
        throw new assert.AssertionError({
          message: `nothing after ${within} ms for ${want}; closed: ${this.closed}; got:\n${this.frames.map((f) => f.text).join('\n')}`,
        });
      }
      await new Promise((resolve) => {
        const timer = setTimeout(done, left);
        const waiters = this.#waiters;
        function done() {
          clearTimeout(timer);
          waiters.delete(done);
          resolve();
        }
        waiters.add(done);
      });
    }
  }

  #wake() {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

/** The status with which a server refuses to open a socket, or null when it opens it. */
export async function upgradeStatus(url, options) {
  const ws = new WebSocket(url, options);
  const status = await new Promise((resolve) => {
    ws.once('open', () => resolve(null));
    ws.once('unexpected-response', (_, response) => resolve(response.statusCode));
    ws.once('error', () => resolve(0));
  });
  ws.on('error', () => {});
  ws.terminate();
  return status;
}

/** Sends bytes as they are and answers the bytes of the response, for what HTTP libraries tidy up. */
export async function rawRequest(server, text) {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(text.replaceAll('\n', '\r\n'));
  let got = '';
  for await (const chunk of socket) got += chunk;
  return got;
}

/** Repeats a check until it holds, for what the contract promises soon but not at once. */
export async function eventually(check, within = patience) {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (e) {
      if (Date.now() > deadline) throw e;
      await sleep(25);
    }
  }
}

/** Waits until what is read is what is wanted. */
export const becomes = (read, want) => eventually(async () => assert.deepEqual(await read(), want));

/** Types in a field until it shows elsewhere, where it stays for seconds only and is not told for each key. */
export const typesUntil = (field, sign) => eventually(async () => {
  await field.pressSequentially('x');
  assert.notEqual(await sign.count(), 0);
});

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
