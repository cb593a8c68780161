import { record, text } from '../item';
import type { Channel, Environment } from './environment';

export type TabsEvents = Readonly<{
  /** This tab leads from now on. */
  lead(): void;
  /** Another tab leads from now on, or does so already. */
  follow(): void;
  /** Another tab says something. */
  hear(message: Readonly<Record<string, unknown>>, from: string): void;
}>;

/** Times of the election without locks, in milliseconds. */
const times = { claim: 250, beat: 2000, dead: 5500 } as const;

/**
 * Agrees with the other tabs of a site on which of them leads: whoever holds a
 * lock, where there are locks; else whoever says so, the lowest id among those
 * who say so at the same time. Without a way to talk each tab is on its own, and
 * leads.
 */
export class Tabs {
  readonly id: string;
  private readonly channel: Channel | null;
  private readonly locks: LockManager | null;
  private joined = false;
  private closed = false; // a closed channel takes no messages, even from what was under way
  private leads = false;
  private release: () => void = () => undefined;
  private queue: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private settled: (() => void) | null = null; // ends a claim

  constructor(
    env: Pick<Environment, 'locks' | 'channel' | 'newId'>,
    private readonly name: string,
    private readonly on: TabsEvents,
  ) {
    this.id = env.newId();
    this.channel = env.channel?.(name) ?? null;
    this.locks = this.channel === null ? null : env.locks;
    if (this.channel !== null) this.channel.onmessage = (e) => this.receive(record(e.data));
  }

  /** Takes part; resolves when it is known who leads. */
  async join(): Promise<void> {
    if (this.joined || this.closed) return;
    this.joined = true;
    if (this.channel === null) this.take();
    else if (this.locks !== null) await this.lock(this.locks, { ifAvailable: true });
    else await this.claim();
  }

  post(message: Readonly<Record<string, unknown>>): void {
    if (!this.closed) this.channel?.postMessage({ ...message, from: this.id });
  }

  /** Leads in place of a tab that does not answer: it sleeps, or has died without a word. */
  async seize(): Promise<void> {
    if (this.leads || !this.joined) return;
    if (this.locks !== null) await this.lock(this.locks, { steal: true });
    else this.take();
  }

  /** Takes part no longer: another tab may lead. */
  leave(): void {
    if (!this.joined) return;
    this.joined = false;
    clearTimeout(this.timer);
    this.queue?.abort();
    this.queue = null;
    if (this.leads && this.locks === null) this.post({ tab: 'bye' });
    this.leads = false;
    this.release();
  }

  close(): void {
    this.leave();
    this.closed = true;
    this.channel?.close();
  }

  /** Asks for the lock, and resolves when it is known who has it. */
  private lock(locks: LockManager, how: Readonly<{ ifAvailable?: true; steal?: true }>): Promise<void> {
    this.queue?.abort();
    this.queue = null;
    return new Promise((resolve) => {
      const held = locks.request(this.name, how, (lock) => {
        resolve();
        return lock === null ? this.wait(locks) : this.hold();
      });
      // Somebody has taken the lead from us, because we did not answer.
      held.catch(() => this.joined && this.wait(locks));
    });
  }

  /** Leads until leave is called. */
  private hold(): Promise<void> | undefined {
    if (!this.joined) return undefined;
    return new Promise((release) => {
      this.release = release;
      this.take();
    });
  }

  /** Follows, until it is our turn. */
  private wait(locks: LockManager): void {
    this.leads = false;
    this.on.follow();
    const queue = new AbortController();
    this.queue = queue;
    const held = locks.request(this.name, { signal: queue.signal }, () => this.hold());
    held.catch(() => this.joined && !queue.signal.aborted && this.wait(locks));
  }

  private take(): void {
    this.leads = true;
    if (this.locks === null && this.channel !== null) this.beat();
    this.on.lead();
  }

  /** Without locks: asks who leads, and does so if nobody answers. */
  private claim(): Promise<void> {
    this.post({ tab: 'who' });
    return new Promise((resolve) => {
      const decide = () => {
        this.settled = null;
        resolve();
      };
      this.settled = decide;
      this.timer = setTimeout(() => {
        if (this.settled !== decide || !this.joined) return;
        this.take();
        decide();
      }, times.claim);
    });
  }

  private beat(): void {
    clearTimeout(this.timer);
    this.post({ tab: 'lead' });
    this.timer = setTimeout(() => this.beat(), times.beat);
  }

  private receive(message: Readonly<Record<string, unknown>>): void {
    const from = text(message['from']);
    switch (message['tab']) {
      case 'who':
        if (this.leads) this.post({ tab: 'lead' });
        return;
      case 'lead':
        if (this.joined) this.heardLeader(from);
        return;
      case 'bye':
        if (this.joined && !this.leads) void this.claim();
        return;
      default:
        this.on.hear(message, from);
    }
  }

  private heardLeader(from: string): void {
    if (this.leads && this.id < from) {
      this.post({ tab: 'lead' }); // of two who lead the lower stays
      return;
    }
    const known = !this.leads && this.settled === null;
    this.leads = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.claim(), times.dead);
    if (known) return;
    this.on.follow();
    this.settled?.();
  }
}
