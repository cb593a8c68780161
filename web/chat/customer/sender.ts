import type { ItemId } from '../item';
import { UploadError, type Environment } from './environment';
import type { Entry } from './model';
import { backoff, Nap } from './pause';
import { Refusal, type Service } from './service';
import type { Problem } from './state';

export type SenderOptions = Readonly<{
  env: Environment;
  service: Service;
  entries(): readonly Entry[];
  /** What to send with; empty while nothing can be sent. */
  token(): string;
  /** The time of the newest known item; null where none is known. */
  newest(): string | null;
  /** Writes an entry down, as it is now. */
  put(entry: Entry): void;
  /** The service has taken an entry; a file's item comes by itself. */
  said(entry: Entry, item: Readonly<{ id: ItemId; at: string }> | null): void;
  /** The service will not have us. Resolves to whether that was for an old token only. */
  denied(): Promise<boolean>;
}>;

/** How long the item of a file is waited for, in milliseconds: files are looked through first. */
const scan = 60_000;

/**
 * Says what is in the outbox: one entry after the other, each until the service
 * has answered. It is sent under its key as client token, so a repeat after a
 * lost answer, or by another tab, is the same message. What is refused stays
 * behind and holds up nobody.
 */
export class Sender {
  /** The files of entries, which live as long as the page. */
  readonly files = new Map<string, File>();
  private pumping = false;
  private stopped = false;
  private readonly nap = new Nap();
  private upload: { key: string; abort: AbortController } | null = null;
  private failures = 0;
  private denied = ''; // the entry for which a new token was fetched
  private readonly scans = new Set<ReturnType<typeof setTimeout>>();

  constructor(private readonly o: SenderOptions) {}

  /** Sends what waits, unless that is going on. */
  pump(): void {
    this.stopped = false;
    if (!this.pumping) void this.run();
  }

  /** Tries again at once what is being waited for. */
  wake(): void {
    this.nap.wake();
    this.pump();
  }

  cancel(key: string): void {
    if (this.upload?.key === key) this.upload.abort.abort();
  }

  stop(): void {
    this.stopped = true;
    this.upload?.abort.abort();
    this.nap.wake();
    for (const timer of this.scans) clearTimeout(timer);
    this.scans.clear();
  }

  private async run(): Promise<void> {
    this.pumping = true;
    try {
      for (let entry = this.next(); entry !== undefined; entry = this.next()) await this.send(entry);
    } finally {
      this.pumping = false;
    }
  }

  private next(): Entry | undefined {
    if (this.stopped || this.o.token() === '') return undefined;
    return this.o.entries().find((e) => e.delivery !== 'failed' && !(e.file !== null && e.attachment !== null));
  }

  private async send(entry: Entry): Promise<void> {
    const sending: Entry = { ...entry, delivery: 'sending', since: entry.since ?? this.o.newest() };
    if (entry.delivery !== 'sending') this.o.put(sending);
    try {
      if (entry.file === null) this.o.said(sending, await this.o.service.sendMessage(this.o.token(), entry.content, entry.contentType, entry.key));
      else await this.sendFile(sending, entry.file);
      this.failures = 0;
    } catch (e) {
      if (this.stopped || !this.o.entries().some((x) => x.key === entry.key)) return; // taken back meanwhile
      if (!(e instanceof Refusal)) throw e;
      if (!e.passing) {
        if (e.status === 403 && this.denied !== entry.key) {
          this.denied = entry.key;
          if ((await this.o.denied()) || this.stopped) return;
        }
        this.o.put({ ...sending, delivery: 'failed', problem: problemOf(e, entry.file !== null) });
        return;
      }
      await this.nap.take(backoff(++this.failures, this.o.env.random(), e.retryAfter));
    }
  }

  private async sendFile(entry: Entry, about: NonNullable<Entry['file']>): Promise<void> {
    const file = this.files.get(entry.key);
    if (file === undefined) throw lost();
    const abort = new AbortController();
    this.upload = { key: entry.key, abort };
    try {
      const target = await this.o.service.startUpload(this.o.token(), about, entry.key);
      if (abort.signal.aborted) return;
      const progress = (sent: number) => {
        if (!abort.signal.aborted) this.o.put({ ...entry, file: { ...about, sent: Math.min(sent, about.size) } });
      };
      await this.o.env.upload(target.url, target.headers, file, progress, abort.signal).catch(async (e: unknown) => {
        const status = e instanceof UploadError ? e.status : 0;
        throw status > 0 || (await readable(file)) ? new Refusal(status, '', 'The upload was interrupted.', null) : lost();
      });
      if (abort.signal.aborted) return;
      await this.o.service.completeUpload(this.o.token(), target.id, entry.key);
      // Shown as being sent until its item is there, which may be already.
      const done: Entry = { ...entry, file: { ...about, sent: about.size }, attachment: target.id };
      this.o.put(done);
      const timer = setTimeout(() => {
        this.scans.delete(timer);
        this.o.said(done, null);
      }, scan);
      this.scans.add(timer);
    } finally {
      this.upload = null;
    }
  }
}

/** Whether a file is still there: one that was removed or changed since it was chosen cannot be sent, however often that is tried. */
function readable(file: File): Promise<boolean> {
  return file.slice(0, 1).arrayBuffer().then(() => true, () => false);
}

function lost(): Refusal {
  return new Refusal(404, '', 'The file has to be chosen again.', null);
}

function problemOf(e: Refusal, file: boolean): Problem {
  const kind = (): Problem['kind'] => {
    if (file && (e.status === 402 || e.status === 413)) return 'too large';
    if (file && (e.status === 400 || e.status === 415)) return 'file type';
    return e.status === 404 ? 'unknown' : 'refused';
  };
  return { kind: kind(), detail: e.message };
}
