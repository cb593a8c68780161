// A line between client and server that can go bad: it cuts sockets, holds
// requests, loses answers and swallows heartbeats.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { undo } from './undo.mjs';

/** Starts a line to the server for one test. Socket addresses in answers are turned to lead through it. */
export async function startProxy(t, server) {
  const line = new Line(server);
  await line.listen();
  undo(t, () => line.close());
  return line;
}

class Line {
  /** How often a connection was asked for, and with what status it was answered. */
  connections = [];
  /** Milliseconds by which a request for a connection is held back, or a promise to wait for. */
  hold = 0;
  /** Says of a request path whether its answer is lost on the way back. */
  loses = () => false;
  /** Whether the server's heartbeats are swallowed. */
  swallowsHeartbeats = false;
  /** Every socket that ever went through: whether it is open, and the code it was closed with. */
  sockets = [];

  constructor(server) {
    this.server = server;
    this.http = createServer((request, response) => this.#forward(request, response).catch(() => response.destroy()));
    this.upgrades = new WebSocketServer({ noServer: true });
    this.http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async listen() {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    this.host = `127.0.0.1:${this.http.address().port}`;
    this.url = `http://${this.host}`;
  }

  close() {
    this.cut();
    this.http.close();
    this.http.closeAllConnections();
  }

  /** Kills every open socket without a goodbye, as a lost network does. */
  cut() {
    for (const s of this.sockets) {
      s.down.terminate();
      s.up.terminate();
    }
  }

  open() {
    return this.sockets.filter((s) => s.open).length;
  }

  async #forward(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const isConnection = request.method === 'POST' && request.url === '/participant/connection';
    if (isConnection) await (typeof this.hold === 'number' ? sleep(this.hold) : this.hold);
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(this.server.url + request.url, {
      method: request.method,
      headers,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = (await answer.text()).replaceAll(new URL(this.server.url).host, this.host);
    if (isConnection) this.connections.push(answer.status);
    if (this.loses(request.url)) return response.destroy();
    for (const [name, value] of answer.headers) {
      if (!['content-length', 'content-encoding', 'transfer-encoding', 'connection'].includes(name)) response.setHeader(name, value);
    }
    response.writeHead(answer.status).end(body);
  }

  #upgrade(request, socket, head) {
    const up = new WebSocket(`ws://${new URL(this.server.url).host}${request.url}`, { perMessageDeflate: false });
    up.on('error', () => socket.destroy());
    up.once('open', () =>
      this.upgrades.handleUpgrade(request, socket, head, (down) => {
        const entry = { up, down, open: true, code: null };
        this.sockets.push(entry);
        down.on('error', () => {});
        down.on('message', (data, binary) => up.send(data, { binary }));
        up.on('message', (data, binary) => {
          if (this.swallowsHeartbeats && String(data).includes('"aws/heartbeat"')) return;
          down.send(data, { binary });
        });
        down.on('close', (code) => {
          entry.open = false;
          entry.code = code;
          up.close();
        });
        up.on('close', () => down.close());
      }),
    );
  }
}
