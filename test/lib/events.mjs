// Lines of participants where there is no WebSocket, by hand: server-sent events
// and long polls, each gone on with where it broke off.
import { setTimeout as sleep } from 'node:timers/promises';
import { undo } from './undo.mjs';

/** What a line has brought, in order, and how often it was opened. */
class Reader {
  items = [];
  opened = 0;
  position = null;
  over = false;

  constructor(t, server, token) {
    this.address = (path) => `${server.url}${path}?token=${encodeURIComponent(token)}${this.position === null ? '' : `&after=${this.position}`}`;
    this.abort = new AbortController();
    undo(t, () => {
      this.over = true;
      this.abort.abort();
    });
  }

  /** Reads again and again until the test is over. */
  async go(read) {
    while (!this.over) {
      await read().catch(() => {}); // the server goes away, on purpose
      await sleep(20);
    }
  }

  take(position, json) {
    this.position = Number(position);
    if (json !== undefined) this.items.push(JSON.parse(json));
  }
}

/** Listens to server-sent events. */
export function listen(t, server, token) {
  const reader = new Reader(t, server, token);
  void reader.go(async () => {
    const response = await fetch(reader.address('/events'), { signal: reader.abort.signal });
    if (response.ok) reader.opened++;
    let text = '';
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + part).split('\n\n');
      text = events.pop();
      for (const event of events) {
        const [, id] = event.match(/^id: ?(\d+)$/m) ?? [];
        const [, data] = event.match(/^data: ?(.*)$/m) ?? [];
        if (id !== undefined) reader.take(id, data || undefined);
      }
    }
  });
  return reader;
}

/** Asks by long polls. */
export function poll(t, server, token) {
  const reader = new Reader(t, server, token);
  void reader.go(async () => {
    const response = await fetch(`${reader.address('/events/poll')}&wait=25`, { signal: reader.abort.signal });
    if (!response.ok) return;
    reader.opened++;
    const { position, items } = await response.json();
    for (const json of items) reader.items.push(JSON.parse(json));
    reader.take(position);
  });
  return reader;
}
