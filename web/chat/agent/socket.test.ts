import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AgentSocket, backOff, parseFrame } from './socket';

const frame = (topic: string, content?: unknown) => JSON.stringify({ topic, content });

test('only a successful answer about the chat topic counts as subscribed', () => {
  expect(parseFrame(frame('aws/subscribe', { status: 'success', topics: ['aws/chat'] }))).toEqual({ type: 'subscribed' });
  expect(parseFrame(frame('aws/subscribe', { status: 'failure', topics: ['aws/chat'] }))).toBe(null);
  expect(parseFrame(frame('aws/subscribe', { status: 'success', topics: [] }))).toBe(null);
});

test('a chat frame holds its item as text', () => {
  const item = { Id: 'm', Type: 'MESSAGE', Content: 'hi', ContactId: 'c' };
  expect(parseFrame(frame('aws/chat', JSON.stringify(item)))).toMatchObject({
    type: 'incoming',
    incoming: { type: 'item', item: { id: 'm', content: 'hi', contact: 'c' } },
  });
  expect(parseFrame(frame('aws/chat', item))).toBe(null);
});

test('a snapshot frame holds its picture as text', () => {
  const content = JSON.stringify({ snapshot: { snapshotTimestamp: 2, state: { name: 'Available' } }, nextToken: 'v1' });
  expect(parseFrame(frame('agent/snapshot', content))).toMatchObject({ type: 'snapshot', snapshot: { at: 2000, state: { name: 'Available' } } });
});

test('a configuration frame holds it as text', () => {
  const content = JSON.stringify({ configuration: { username: 'ana', routingProfile: { channelConcurrencyMap: { CHAT: 7 } } } });
  expect(parseFrame(frame('agent/configuration', content))).toMatchObject({ type: 'configuration', configuration: { username: 'ana', capacity: 7 } });
});

test('anything else means nothing', () => {
  for (const data of ['', 'nonsense', '7', frame('aws/other'), undefined]) expect(parseFrame(data)).toBe(null);
});

test('attempts come at growing distances, up to ten seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 20].map((n) => backOff(n, 0))).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(backOff(5, 1)).toBe(6667);
});

/** A socket whose other end is the test. */
class Fake {
  static all: Fake[] = [];
  onopen = () => undefined as void;
  onmessage = (_: { data: string }) => undefined as void;
  onclose = () => undefined as void;
  sent: string[] = [];
  closed = false;
  constructor() {
    Fake.all.push(this);
  }
  send(words: string) {
    this.sent.push((JSON.parse(words) as { topic: string }).topic);
  }
  close() {
    this.closed = true;
  }
  says(topic: string, content?: unknown) {
    this.onmessage({ data: frame(topic, content) });
  }
  subscribe() {
    this.onopen();
    this.says('aws/subscribe', { status: 'success', topics: ['aws/chat'] });
  }
}

describe('a socket', () => {
  const told: string[] = [];
  let socket: AgentSocket;
  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', Fake);
    [Fake.all, told.length] = [[], 0];
    const address = () => Promise.resolve({ url: 'ws://x', life: Infinity });
    socket = new AgentSocket(address, { open: () => told.push('open'), lost: () => told.push('lost'), frame: () => undefined, failed: () => true });
    await vi.advanceTimersByTimeAsync(0);
  });
  afterEach(() => {
    socket.stop();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  test('that does not open within a beat is given up for another', async () => {
    await vi.advanceTimersByTimeAsync(10_000);
    expect(Fake.all[0]?.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    Fake.all[1]?.subscribe();
    expect(told).toEqual(['open']);
  });

  test('that does not answer a beat by the next is lost', async () => {
    Fake.all[0]?.subscribe();
    await vi.advanceTimersByTimeAsync(10_000);
    Fake.all[0]?.says('aws/heartbeat');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['open']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['open', 'lost']);
  });

  test('is asked for a sign of life when there is doubt, and is lost soon without one', async () => {
    Fake.all[0]?.subscribe();
    await vi.advanceTimersByTimeAsync(9_000);
    socket.hurry();
    await vi.advanceTimersByTimeAsync(2_000); // over the beat, which the question stands for
    Fake.all[0]?.says('aws/heartbeat');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(told).toEqual(['open']);
    socket.hurry();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(told).toEqual(['open', 'lost']);
  });
});
