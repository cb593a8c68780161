import type { ContactId, ItemId } from '../../chat/item';
import type { Kept } from '../../chat/kept';
import { list, record, text } from '../../chat/item';
import { ServiceError } from '../../chat/service';
import type { TranscriptEvent } from '../../chat/transcript/transcript';

/** A message on its way. */
export type Letter = Readonly<{ contact: ContactId; clientToken: string; text: string; contentType: string }>;

type Entry = Letter & { failed: boolean };

/** Waits before another try: 1 s, doubled up to 15, in milliseconds. */
const wait = (tries: number) => Math.min(15_000, 1000 * 2 ** tries);

/**
 * Sends messages in their order, chat by chat, each under a client token of
 * its own, so that however often one is tried it is said once. What cannot
 * reach the server is tried until it does; what the server refuses stays, for
 * the agent to send again or to drop. It survives a reload.
 */
export class Outbox {
  private entries: Entry[];
  private readonly running = new Set<ContactId>();
  private readonly waiting = new Map<ContactId, () => void>();

  constructor(
    private readonly kept: Kept,
    private readonly deliver: (letter: Letter) => Promise<ItemId>,
    private readonly tell: (contact: ContactId, event: TranscriptEvent) => void,
  ) {
    this.entries = list(kept.read('outbox')).flatMap((value) => {
      const o = record(value);
      const letter = { contact: text(o['contact']), clientToken: text(o['clientToken']), text: text(o['text']), contentType: text(o['contentType']) };
      return Object.values(letter).includes('') ? [] : [{ ...letter, failed: false }];
    });
  }

  /** Goes on with what was not sent before a reload or another signing in, of the chats that can still be written in; the rest is dropped. */
  resume(contacts: readonly ContactId[]): void {
    this.entries = this.entries.filter((e) => contacts.includes(e.contact));
    this.keep();
    for (const e of this.entries) {
      e.failed = false;
      this.tell(e.contact, { type: 'sending', clientToken: e.clientToken, text: e.text, contentType: e.contentType });
    }
    for (const contact of contacts) void this.run(contact);
  }

  send(letter: Letter): void {
    this.entries.push({ ...letter, failed: false });
    this.keep();
    this.tell(letter.contact, { type: 'sending', clientToken: letter.clientToken, text: letter.text, contentType: letter.contentType });
    void this.run(letter.contact);
  }

  retry(clientToken: string): void {
    const entry = this.entries.find((e) => e.clientToken === clientToken);
    if (entry === undefined) return;
    entry.failed = false;
    this.tell(entry.contact, { type: 'sending', clientToken, text: entry.text, contentType: entry.contentType });
    void this.run(entry.contact);
  }

  discard(clientToken: string): void {
    const entry = this.entries.find((e) => e.clientToken === clientToken);
    if (entry === undefined) return;
    this.drop(entry);
    this.tell(entry.contact, { type: 'discarded', clientToken });
  }

  /** Tries at once what waits, when the line is back. */
  hurry(): void {
    for (const go of this.waiting.values()) go();
  }

  private async run(contact: ContactId): Promise<void> {
    if (this.running.has(contact)) return;
    this.running.add(contact);
    let tries = 0;
    for (;;) {
      const entry = this.entries.find((e) => e.contact === contact && !e.failed);
      if (entry === undefined) break;
      try {
        const id = await this.deliver(entry);
        this.drop(entry);
        this.tell(contact, { type: 'sent', clientToken: entry.clientToken, id });
        tries = 0;
      } catch (e) {
        if (mayPass(e)) {
          await this.pause(contact, wait(tries++));
          continue;
        }
        entry.failed = true;
        this.tell(contact, { type: 'failed', clientToken: entry.clientToken, problem: e instanceof Error ? e.message : '' });
      }
    }
    this.running.delete(contact);
  }

  private pause(contact: ContactId, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.waiting.delete(contact);
        resolve();
      };
      const timer = setTimeout(go, milliseconds);
      this.waiting.set(contact, go);
    });
  }

  private drop(entry: Entry): void {
    this.entries = this.entries.filter((e) => e !== entry);
    this.keep();
  }

  private keep(): void {
    this.kept.set('outbox', this.entries.length === 0 ? null : JSON.stringify(this.entries));
  }
}

/** Reports whether a failure may be gone the next time: nobody was reached, or the server has a bad moment. */
function mayPass(e: unknown): boolean {
  return e instanceof ServiceError && (e.status === 0 || e.status === 408 || e.status === 429 || e.status >= 500);
}
