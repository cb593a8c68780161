import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createChat, type ChatOptions } from './chat';
import { UploadError } from './environment';
import { chance, FakeBrowser, FakeServer, type FakeTab } from './fakes';
import type { Chat, ChatState } from './state';

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const opened: Chat[] = [];
afterEach(() => {
  for (const chat of opened.splice(0)) chat.close();
});

function open(tab: FakeTab, options: Partial<ChatOptions> = {}): Chat {
  const chat = createChat({ widget: 'w', environment: tab.environment, ...options });
  opened.push(chat);
  return chat;
}

/** What the customer sees of messages: those of the transcript, then the outbox. */
const texts = (s: ChatState) => [...s.items.filter((i) => i.kind === 'message').map((i) => i.content), ...s.outbox.map((o) => `${o.content}?`)];

async function started(options: Partial<ChatOptions> = {}, browser = new FakeBrowser(new FakeServer())) {
  const { server } = browser;
  server.happen('participant.joined', 'me');
  const tab = browser.tab();
  const chat = open(tab, options);
  void chat.start({ name: 'Ada', attributes: {} });
  await wait(200);
  return { server, browser, tab, chat };
}

describe('a chat', () => {
  test('is started once, although answers get lost, and shows what is said', async () => {
    const server = new FakeServer();
    let lost = 2;
    server.fate = (path) => (path.endsWith('/start') && lost-- > 0 ? 'answer lost' : 'answered');
    const chat = open(new FakeBrowser(server).tab());
    expect(await resumed(chat)).toBe(false);
    void chat.start({ name: 'Ada', attributes: { plan: 'gold' } });
    await wait(5000);
    expect(server.started).toBe(1);
    expect(server.requests.find((r) => r.path.endsWith('/start'))?.body).toMatchObject({ displayName: 'Ada', attributes: { plan: 'gold' } });
    server.say('Hello Ada');
    await wait(100);
    expect(chat.state).toMatchObject({ phase: 'open', line: 'live', transport: 'websocket', contact: 'c', me: 'me', persistent: true });
    expect(texts(chat.state)).toEqual(['Hello Ada']);
    expect(chat.state.people).toEqual([{ id: 'ana', name: 'Ana', role: 'AGENT' }]);
  });

  test('proves its work where the widget asks for that', async () => {
    const { server } = await started({ challenge: true });
    await vi.dynamicImportSettled();
    await wait(2000);
    expect(server.requests.find((r) => r.path.endsWith('/start'))?.body['proof']).toMatch(/^abc:\d+$/);
  });

  test('that is closed says nothing more to other tabs, whatever it is told', async () => {
    const { browser } = await started(); // another tab leads
    const chat = open(browser.tab());
    expect(await resumed(chat)).toBe(true);
    chat.close();
    chat.seen(true);
    await expect(Promise.race([chat.more(), wait(30_000)])).resolves.toBeUndefined();
  });

  test('that cannot be started says why, and can be started again', async () => {
    const server = new FakeServer();
    server.fate = (path) => (path.endsWith('/start') ? 403 : 'answered');
    const chat = open(new FakeBrowser(server).tab());
    void chat.start({ name: 'Ada', attributes: {} });
    await wait(100);
    expect(chat.state).toMatchObject({ phase: 'idle', problem: { kind: 'not started', detail: 'refused with 403' } });
    expect(server.requests.filter((r) => r.path.endsWith('/start'))).toHaveLength(1);
    server.fate = () => 'answered';
    void chat.start({ name: 'Ada', attributes: {} });
    await wait(100);
    expect(chat.state).toMatchObject({ phase: 'open', problem: null });
  });

  test('shows what is said at once, and once, whichever comes first: the answer or the echo', async () => {
    const { server, chat } = await started();
    const seen: string[] = [];
    chat.subscribe(() => seen.push(texts(chat.state).join()));
    chat.send('one');
    chat.send('two');
    expect(texts(chat.state)).toEqual(['one?', 'two?']);
    await wait(200);
    expect(texts(chat.state)).toEqual(['one', 'two']);
    expect(server.said()).toEqual(['one', 'two']);
    expect(seen.filter((s) => s.split(',').filter((x) => x.startsWith('one')).length !== 1)).toEqual([]);
    expect([...chat.state.deliveries.values()]).toEqual(['sent', 'sent']);
  });

  test('ends when the service says so, with what was said last', async () => {
    const { server, chat } = await started();
    server.say('Goodbye');
    server.end();
    await wait(100);
    expect(chat.state.phase).toBe('ended');
    expect(texts(chat.state)).toEqual(['Goodbye']);
    const asked = server.requests.length;
    await wait(600_000);
    expect(server.requests).toHaveLength(asked);
    chat.reset();
    await wait(10);
    expect(chat.state).toMatchObject({ phase: 'idle', items: [] });
  });

  test('that ended while nobody was connected is over, and not tried again', async () => {
    const { server, chat } = await started();
    server.allows.websocket = false;
    server.cut();
    server.ended = true;
    chat.send('too late');
    await wait(5000);
    expect(chat.state).toMatchObject({ phase: 'ended', outbox: [{ content: 'too late', delivery: 'failed', problem: { kind: 'ended' } }] });
    const asked = server.requests.length;
    await wait(600_000);
    expect(server.requests).toHaveLength(asked);
  });

  test('that is left before it is connected, or even started, ends all the same', async () => {
    for (const phase of ['idle', 'starting', 'open']) {
      const server = new FakeServer();
      const chat = open(new FakeBrowser(server).tab());
      void chat.start({ name: 'Ada', attributes: {} });
      while (chat.state.phase !== phase) await wait(1);
      void chat.end();
      await wait(5000);
      expect(chat.state.phase).toBe('ended');
      expect(server.requests.filter((r) => r.path.endsWith('/disconnect'))).toHaveLength(1);
    }
  });

  test('is left by the customer', async () => {
    const { server, chat } = await started();
    void chat.end();
    await wait(100);
    expect(chat.state.phase).toBe('ended');
    expect(server.requests.filter((r) => r.path.endsWith('/disconnect'))).toHaveLength(1);
  });
});

async function resumed(chat: Chat): Promise<boolean | undefined> {
  let answer: boolean | undefined;
  void chat.resume().then((v) => (answer = v));
  await wait(6000);
  return answer;
}

describe('the line', () => {
  test('falls back from the WebSocket to events to polls, and misses nothing', async () => {
    const { server, chat } = await started();
    for (const [blocked, transport] of [['websocket', 'events'], ['events', 'poll']] as const) {
      server.allows[blocked] = false;
      server.cut();
      server.say(`without ${blocked}`);
      await wait(5000);
      expect(chat.state).toMatchObject({ transport, line: 'live' });
      server.say(`by ${transport}`);
      chat.send(`mine by ${transport}`);
      await wait(200);
    }
    expect(texts(chat.state)).toEqual(server.said());
    expect(server.said()).toHaveLength(6);
    server.allows = { websocket: true, events: true, poll: true };
    await wait(6 * 60_000);
    expect(chat.state.transport).toBe('websocket');
    server.say('back');
    await wait(100);
    expect(texts(chat.state)).toEqual(server.said());
  });

  test('that is half open is noticed within ten seconds, whatever carries it', async () => {
    for (const blocked of [[], ['websocket'], ['websocket', 'events']] as const) {
      const { server, chat } = await started();
      for (const b of blocked) server.allows[b] = false;
      server.cut();
      await wait(15_000);
      server.mute = true;
      server.fate = () => (server.mute ? 'lost' : 'answered');
      server.say('unheard');
      await wait(100);
      const asked = server.requests.length;
      await wait(9900);
      expect(server.requests.length, blocked.join()).toBeGreaterThan(asked);
      await wait(5000);
      expect(chat.state.line).toBe('reconnecting');
      server.mute = false;
      await wait(40_000);
      expect(chat.state.line).toBe('live');
      expect(texts(chat.state)).toEqual(['unheard']);
      chat.close();
    }
  });

  test('is not spoken of while it is away for a moment only', async () => {
    const { server, chat } = await started();
    const lines = new Set<string>();
    chat.subscribe(() => lines.add(chat.state.line));
    server.cut();
    await wait(3000);
    expect([...lines]).toEqual(lines.has('live') ? ['live'] : []);
    expect(server.sockets.size).toBe(1);
  });

  test('is renewed before it expires, without a gap', async () => {
    const { server, chat } = await started();
    const [first] = server.sockets;
    await wait(56 * 60_000);
    expect(server.sockets.size).toBe(1);
    expect(server.sockets.has(first!)).toBe(false);
    server.say('still there');
    await wait(100);
    expect(texts(chat.state)).toEqual(['still there']);
  });

  test('is not renewed all the time where a clock is wrong', async () => {
    const server = new FakeServer();
    server.behind = 2 * 3_600_000;
    await started({}, new FakeBrowser(server));
    await wait(20 * 60_000);
    expect(server.requests.filter((r) => r.path.endsWith('/connection')).length).toBeLessThan(6);
  });

  test('comes back at once with the network, and waits as long as it is told to', async () => {
    const { server, tab, chat } = await started();
    server.fate = (path) => (path.endsWith('/connection') ? 'lost' : 'answered');
    server.cut();
    await wait(120_000);
    server.fate = () => 'answered';
    tab.tell('online');
    await wait(100);
    expect(chat.state.line).toBe('live');

    server.fate = (path) => (path.endsWith('/connection') ? 429 : 'answered');
    server.retryAfter = '60';
    server.cut();
    await wait(2000);
    const asked = server.requests.length;
    await wait(55_000);
    expect(server.requests.slice(asked)).toEqual([]);
    server.fate = () => 'answered';
    await wait(10_000);
    expect(chat.state.line).toBe('live');
  });
});

describe('the outbox', () => {
  test('goes on where it was, in order, after a reload', async () => {
    const { server, browser, tab, chat } = await started();
    server.fate = (path) => (path.endsWith('/message') ? 'answer lost' : 'answered');
    chat.send('one');
    chat.send('two');
    chat.send('three');
    await wait(20);
    tab.kill();
    server.fate = () => 'answered';
    const again = open(browser.tab());
    expect(await resumed(again)).toBe(true);
    expect(server.said()).toEqual(['one', 'two', 'three']);
    expect(texts(again.state)).toEqual(['one', 'two', 'three']);
  });

  test('keeps what was refused, and is not held up by it', async () => {
    const { server, chat } = await started();
    let refuse = true;
    server.fate = (path) => (path.endsWith('/message') && refuse ? 400 : 'answered');
    chat.send('bad');
    await wait(50);
    refuse = false;
    chat.send('good');
    await wait(100);
    expect(texts(chat.state)).toEqual(['good', 'bad?']);
    const [failed] = chat.state.outbox;
    expect(failed).toMatchObject({ delivery: 'failed', problem: { kind: 'refused', detail: 'refused with 400' } });
    chat.retry(failed!.key);
    await wait(100);
    expect(texts(chat.state)).toEqual(['good', 'bad']);
  });

  test('waits out what passes', async () => {
    const { server, chat } = await started();
    const fates: (number | 'lost' | 'answer lost')[] = [503, 'lost', 408, 'answer lost', 429];
    server.fate = (path) => (path.endsWith('/message') ? (fates.shift() ?? 'answered') : 'answered');
    chat.send('patience');
    await wait(60_000);
    expect(server.said()).toEqual(['patience']);
    expect(texts(chat.state)).toEqual(['patience']);
  });

  test('gets a new token where the old one is refused', async () => {
    const { server, chat } = await started();
    let old = true;
    server.fate = (path) => {
      if (path.endsWith('/connection')) old = false;
      return path.endsWith('/message') && old ? 403 : 'answered';
    };
    chat.send('with an old token');
    await wait(200);
    expect(texts(chat.state)).toEqual(['with an old token']);
  });

  test('sends files with progress; one can be taken back', async () => {
    const { server, chat } = await started();
    const progress: number[] = [];
    chat.subscribe(() => progress.push(chat.state.outbox[0]?.file?.sent ?? -1));
    chat.sendFile(new File(['x'.repeat(1000)], 'cat.png', { type: 'image/png' }));
    await wait(500);
    expect([...new Set(progress)]).toEqual([0, 500, 1000, -1]);
    expect(chat.state.outbox).toEqual([]);
    const [item] = chat.state.items.filter((i) => i.kind === 'attachment');
    expect(item?.attachments).toMatchObject([{ name: 'cat.png', type: 'image/png', status: 'APPROVED' }]);
    const url = chat.fileUrl(item!.attachments![0]!.id);
    await wait(100);
    expect(await url).toBe(`http://x/get/${item!.attachments![0]!.id}`);

    chat.sendFile(new File(['y'], 'dog.png', { type: 'image/png' }));
    await wait(30);
    chat.discard(chat.state.outbox[0]!.key);
    await wait(500);
    expect(chat.state.outbox).toEqual([]);
    expect(server.rows.filter((r) => r.json['Type'] === 'ATTACHMENT')).toHaveLength(1);
  });

  test('is not held up by a file that has gone since it was chosen', async () => {
    const browser = new FakeBrowser(new FakeServer());
    const { environment } = browser.tab();
    const upload = () => Promise.reject(new UploadError(0)); // as browsers tell of it
    const { server, chat } = await started({ environment: { ...environment, upload } }, browser);
    const gone = new File(['x'], 'cat.png', { type: 'image/png' });
    gone.slice = () => Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new Error('NotFoundError')) });
    chat.sendFile(gone);
    chat.send('Did you get it?');
    await wait(1000);
    expect(server.said()).toEqual(['Did you get it?']);
    expect(chat.state.outbox).toMatchObject([{ delivery: 'failed', file: { name: 'cat.png' } }]);
  });
});

describe('tabs', () => {
  for (const [how, prepare] of [
    ['with locks', () => undefined],
    ['without locks', (b: FakeBrowser) => void (b.hasLocks = false)],
  ] as const) {
    async function three() {
      const browser = new FakeBrowser(new FakeServer());
      prepare(browser);
      const { server, tab, chat } = await started({}, browser);
      await wait(1000);
      const others = [browser.tab(), browser.tab()];
      const [second, third] = others.map((t) => open(t)) as [Chat, Chat];
      expect(await resumed(second)).toBe(true);
      expect(await resumed(third)).toBe(true);
      return { server, browser, tabs: [tab, ...others] as [FakeTab, FakeTab, FakeTab], chats: [chat, second, third] as [Chat, Chat, Chat] };
    }

    test(`${how}: share one line, show the same, and say each thing once`, async () => {
      const { server, chats } = await three();
      expect(server.sockets.size).toBe(1);
      chats[1].send('from the second');
      expect(texts(chats[1].state)).toEqual(['from the second?']);
      await wait(100);
      chats[2].send('from the third');
      await wait(100);
      server.say('to all');
      await wait(100);
      for (const chat of chats) expect(texts(chat.state)).toEqual(['from the second', 'from the third', 'to all']);
      expect(server.said()).toEqual(['from the second', 'from the third', 'to all']);
      void chats[2].end();
      await wait(200);
      for (const chat of chats) expect(chat.state.phase).toBe('ended');
      chats[1].reset();
      await wait(200);
      for (const chat of chats) expect(chat.state.phase).toBe('idle');
    });

    test(`${how}: one goes on for one that dies while it sends`, async () => {
      const { server, tabs, chats } = await three();
      server.latency = () => 300;
      chats[0].send('one');
      chats[1].send('two');
      await wait(350);
      tabs[0].kill();
      chats[1].send('three');
      await wait(15_000);
      expect(server.said()).toEqual(['one', 'two', 'three']);
      expect(server.sockets.size).toBe(1);
      server.say('welcome back');
      await wait(1000);
      for (const chat of [chats[1], chats[2]]) {
        expect(texts(chat.state)).toEqual(['one', 'two', 'three', 'welcome back']);
        expect(chat.state.line).toBe('live');
      }
    });

    test(`${how}: one that sleeps is not waited for`, async () => {
      const { server, tabs, chats } = await three();
      tabs[0].asleep = true;
      chats[1].send('wake up');
      await wait(6000);
      expect(server.said()).toEqual(['wake up']);
      tabs[0].asleep = false;
      await wait(6000);
      chats[0].send('I slept');
      await wait(6000);
      expect(server.said()).toEqual(['wake up', 'I slept']);
      for (const chat of chats) expect(texts(chat.state)).toEqual(['wake up', 'I slept']);
      expect(server.sockets.size).toBe(1);
    });
  }

  test('that cannot talk with each other have a line each, and say nothing twice', async () => {
    const browser = new FakeBrowser(new FakeServer());
    browser.hasChannel = false;
    const { server, chat } = await started({}, browser);
    chat.send('one');
    const second = open(browser.tab());
    expect(await resumed(second)).toBe(true);
    second.send('two');
    await wait(200);
    expect(server.said()).toEqual(['one', 'two']);
    for (const c of [chat, second]) expect(texts(c.state)).toEqual(['one', 'two']);
  });

  test('that are closed open no line any more, whatever is under way', async () => {
    for (const begin of ['start', 'resume'] as const) {
      const { server, browser, tab } = await started();
      if (begin === 'start') browser.kept.clear();
      tab.kill();
      server.latency = () => 1000;
      const chat = open(browser.tab());
      void (begin === 'start' ? chat.start({ name: 'Ada', attributes: {} }) : chat.resume());
      await wait(1500);
      expect(server.requests.at(-1)?.path).toContain(begin === 'start' ? '/start' : '/connection');
      chat.close();
      await wait(10_000);
      expect(server.sockets.size, begin).toBe(0);
    }
  });

  test('that are closed or put away hand over at once', async () => {
    const browser = new FakeBrowser(new FakeServer());
    const { server, tab, chat } = await started({}, browser);
    const second = open(browser.tab());
    await resumed(second);
    tab.tell('leaving');
    await wait(500);
    second.send('mine now');
    await wait(100);
    expect(server.said()).toEqual(['mine now']);
    tab.tell('back');
    await wait(500);
    expect(texts(chat.state)).toEqual(['mine now']);
    expect(server.sockets.size).toBe(1);
  });
});

describe('what is kept', () => {
  test('nothing, where the browser allows none: the chat lives as long as the page', async () => {
    const browser = new FakeBrowser(new FakeServer());
    browser.hasStorage = false;
    const { server, tab, chat } = await started({}, browser);
    expect(chat.state.persistent).toBe(false);
    chat.send('still works');
    await wait(100);
    expect(server.said()).toEqual(['still works']);
    const second = open(browser.tab());
    expect(await resumed(second)).toBe(true);
    tab.kill();
    await wait(1000);
    second.send('and goes on in another tab');
    await wait(1000);
    expect(texts(second.state)).toEqual(['still works', 'and goes on in another tab']);
    expect(await resumed(open(new FakeBrowser(server).tab()))).toBe(false);
  });

  test('is forgotten when somebody else is signed in', async () => {
    const { browser, tab, chat } = await started({ user: 'ada' });
    chat.close();
    tab.kill();
    expect(await resumed(open(browser.tab(), { user: 'bob' }))).toBe(false);
    expect([...browser.kept.keys()]).toEqual([]);
  });

  test('is forgotten when the chat is over', async () => {
    const { server, browser, tab } = await started();
    tab.kill();
    server.ended = true;
    const again = open(browser.tab());
    expect(await resumed(again)).toBe(false);
    expect(again.state).toMatchObject({ phase: 'idle', problem: { kind: 'ended' } });
    expect([...browser.kept.keys()]).toEqual([]);
  });

  test('long transcripts come a page at a time', async () => {
    const { server, browser, tab } = await started();
    for (let i = 1; i <= 20; i++) server.say(String(i));
    tab.kill();
    const again = open(browser.tab());
    await resumed(again);
    expect(again.state.earlier).toBe(true);
    const shown = texts(again.state).length;
    expect(shown).toBeLessThan(20);
    for (let n = 0; n < 3; n++) {
      void again.more();
      await wait(100);
    }
    expect(again.state.earlier).toBe(false);
    expect(texts(again.state)).toEqual(server.said());
  });
});

describe('what agents and customers are told', () => {
  test('typing, for a while, and not our own', async () => {
    const { server, chat } = await started();
    server.notice('typing', 'me');
    server.notice('typing');
    await wait(10);
    expect(chat.state.typing.map((p) => p.name)).toEqual(['Ana']);
    await wait(13_000);
    expect(chat.state.typing).toEqual([]);
    for (let i = 0; i < 10; i++) {
      chat.typing();
      await wait(300);
    }
    expect(server.events.filter((e) => e === 'typing')).toHaveLength(1);
  });

  test('receipts: the last of a burst, and nothing twice', async () => {
    const { server, chat } = await started();
    server.say('one');
    server.say('two');
    await wait(2000);
    expect(server.events).toEqual(['message.delivered {"messageId":"i3"}']);
    expect(chat.state.unread).toBe(2);
    chat.seen(true);
    await wait(2000);
    expect(server.events.slice(1)).toEqual(['message.read {"messageId":"i3"}']);
    expect(chat.state.unread).toBe(0);
    chat.send('mine');
    await wait(50);
    chat.send('mine, too');
    await wait(50);
    server.receipt('i5', true);
    await wait(10);
    expect([...chat.state.deliveries.values()]).toEqual(['read', 'read']);
  });

  test('nothing, where the site wants none of it', async () => {
    const { server, chat } = await started({ receipts: false, typing: false });
    server.say('one');
    chat.seen(true);
    chat.typing();
    await wait(5000);
    expect(server.events).toEqual([]);
  });

  test('unread messages are still unread after a reload, and in another tab', async () => {
    const { server, browser, tab, chat } = await started();
    chat.seen(true);
    server.say('seen');
    await wait(100);
    chat.seen(false);
    server.say('unseen');
    await wait(100);
    expect(chat.state.unread).toBe(1);
    tab.kill();
    const again = open(browser.tab());
    await resumed(again);
    expect(again.state.unread).toBe(1);
    const second = open(browser.tab());
    await resumed(second);
    second.seen(true);
    await wait(100);
    expect(again.state.unread).toBe(0);
  });

  test('the place in the queue, until an agent comes', async () => {
    const browser = new FakeBrowser(new FakeServer());
    browser.server.queue = { position: 3, waitSeconds: 90, waiting: true };
    const { server, chat } = await started({}, browser);
    expect(chat.state.queue).toEqual({ position: 3, waitSeconds: 90 });
    server.queue = { position: 2, waitSeconds: null, waiting: true };
    await wait(11_000);
    expect(chat.state.queue).toEqual({ position: 2, waitSeconds: null });
    server.happen('participant.joined');
    await wait(50);
    expect(chat.state.queue).toBeNull();
    const asked = server.requests.filter((r) => r.path === '/events/queue').length;
    server.happen('participant.left');
    await wait(50);
    expect(chat.state.queue).toEqual({ position: 2, waitSeconds: null });
    server.happen('participant.joined');
    await wait(60_000);
    expect(chat.state.queue).toBeNull();
    expect(server.requests.filter((r) => r.path === '/events/queue')).toHaveLength(asked + 1);
  });

  test('until when the chat waits for somebody who is silent', async () => {
    const { server, chat } = await started();
    server.behind = 3 * 3_600_000; // the countdown is by the clock here
    server.notice('participant.idle', 'me', JSON.stringify({ disconnectAt: server.time(60_000) }));
    const until = Date.now() + 60_000;
    await wait(10);
    expect(chat.state.idleUntil).toBe(until);
    chat.send('here');
    await wait(50);
    expect(chat.state.idleUntil).toBeNull();
  });
});

describe('whatever happens', () => {
  for (let seed = 1; seed <= Number(import.meta.env['VITE_SEEDS'] ?? 25); seed++) {
    test(`each message is there once, in order (seed ${seed})`, { timeout: 20_000 }, () => misadventure(seed));
  }
});

/** Two sides talk through a network and a browser that both go wrong, by chance. */
async function misadventure(seed: number): Promise<void> {
  const roll = chance(seed);
  const browser = new FakeBrowser(new FakeServer());
  browser.hasLocks = seed % 3 !== 0;
  const { server } = browser;
  server.latency = () => roll() * 200;
  server.fate = (path) => {
    const r = roll();
    if (path.startsWith('/widget')) return 'answered';
    return r < 0.08 ? 'lost' : r < 0.16 ? 'answer lost' : r < 0.2 ? 503 : r < 0.22 ? 429 : 'answered';
  };
  let tab = browser.tab();
  let chat = open(tab);
  void chat.start({ name: 'Ada', attributes: {} });
  await wait(3000);
  const mine: string[] = [];
  const watch = () => {
    const all = chat.state.items.filter((i) => i.kind === 'message').map((i) => i.content);
    expect(new Set(all).size, `seed ${seed}: twice on the screen: ${all.join()}`).toBe(all.length);
  };
  for (let step = 0; step < 60; step++) {
    const r = roll();
    if (r < 0.35 && chat.state.phase === 'open') {
      mine.push(`m${mine.length}`);
      chat.send(mine.at(-1)!);
    } else if (r < 0.6) {
      server.say(`a${step}`);
    } else if (r < 0.68) {
      server.cut();
    } else if (r < 0.72) {
      server.allows = { websocket: roll() < 0.5, events: roll() < 0.5, poll: true };
    } else if (r < 0.76) {
      server.mute = !server.mute;
    } else if (r < 0.86) {
      tab.kill();
      tab = browser.tab();
      chat = open(tab);
      chat.subscribe(watch);
      void chat.resume();
    } else if (r < 0.9) {
      tab.tell('online');
    }
    await wait(roll() * 1500);
  }
  server.fate = () => 'answered';
  server.mute = false;
  await wait(120_000);
  expect(server.said().filter((s) => s.startsWith('m')), `seed ${seed}`).toEqual(mine);
  for (let i = 0; i < 20 && chat.state.earlier; i++) {
    void chat.more();
    await wait(1000);
  }
  expect(texts(chat.state), `seed ${seed}`).toEqual(server.said());
}
