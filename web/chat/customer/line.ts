import type { Carrier, CarrierEvents, Open } from './carriers';
import { backoff, Nap } from './pause';
import { Refusal, type Connection } from './service';
import type { Transport } from './state';

/** What a line tells. */
export type LineEvents = Readonly<{
  /** News come from here on; what came before is to be read. */
  up(transport: Transport): void;
  down(): void;
  news(json: string): void;
  /** A connection was made: its token is the one to use. */
  connected(connection: Connection): void;
  /** The service has refused for good. */
  over(refusal: Refusal): void;
}>;

export type LineOptions = Readonly<{
  connect(): Promise<Connection>;
  /** What can carry it, the best first. */
  carriers: readonly Readonly<{ transport: Transport; open: Open }>[];
  random(): number;
}>;

/** How often in a row something may fail to open before the next best is used. */
const tries = 2;

/** How long something worse than a WebSocket is used before a better one is tried, in milliseconds. */
const second = 5 * 60_000;

/** How long a line must hold before its loss counts as the first one again. */
const steady = 10_000;

/**
 * Keeps news coming: connects, opens what can carry them, falls back to what is
 * worse where nothing better opens, comes back when it is lost, and renews
 * before it expires, with both open for a moment so that nothing is missed.
 */
export class Line {
  private rung = 0; // which of the carriers is used
  private carrier: Carrier | null = null;
  private stopped = false;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private readonly nap = new Nap();

  constructor(
    private readonly options: LineOptions,
    private readonly on: LineEvents,
  ) {}

  /** Begins; it ends with stop, or by itself when the service refuses for good. */
  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.carrier?.close();
    this.carrier = null;
    clearTimeout(this.renewal);
    this.nap.wake();
  }

  /** Looks at once whether the line is alive, and comes back at once if it is not. */
  wake(networkChanged: boolean): void {
    if (networkChanged && this.carrier === null) this.rung = 0;
    this.carrier?.probe();
    this.nap.wake();
  }

  /** Asks whether we may still connect. Resolves to whether we may; where the service refuses, the line is over. */
  async verify(): Promise<boolean> {
    try {
      const connection = await this.options.connect();
      if (!this.stopped) this.on.connected(connection);
      return !this.stopped;
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      if (!e.passing && !this.stopped) {
        this.stop();
        this.on.over(e);
      }
      return false;
    }
  }

  private async run(): Promise<void> {
    const { carriers, connect } = this.options;
    for (let failures = 0, misses = 0, flaps = 0; !this.stopped; ) {
      let refusal: Refusal | null = null;
      try {
        const connection = await connect();
        if (this.stopped) return;
        this.on.connected(connection);
        const rung = this.rung;
        const held = await this.hold(connection);
        if (held !== null) {
          misses = 0;
          failures = flaps = held > steady ? 0 : flaps + 1;
        } else {
          failures++;
          misses = rung === this.rung ? misses + 1 : 1;
          if (misses >= tries && rung + 1 < carriers.length) {
            [this.rung, misses, failures] = [rung + 1, 0, 0];
          }
        }
      } catch (e) {
        if (!(e instanceof Refusal)) throw e;
        if (this.stopped) return;
        if (!e.passing) {
          this.on.over(e);
          return;
        }
        refusal = e;
        failures++;
      }
      if (!this.stopped) await this.nap.take(backoff(failures, this.options.random(), refusal?.retryAfter ?? null));
    }
  }

  /** Holds a line for as long as it can be; resolves to how long that was, or to null where it never opened. */
  private hold(connection: Connection): Promise<number | null> {
    return new Promise((resolve, reject) => {
      let opened: number | null = null;
      const end = () => {
        clearTimeout(this.renewal);
        this.carrier = null;
        if (opened !== null && !this.stopped) this.on.down();
        resolve(opened === null ? null : Date.now() - opened);
      };
      const renewLater = (by: number) => {
        clearTimeout(this.renewal);
        const soon = this.rung === 0 ? by : Math.min(by, Date.now() + second);
        this.renewal = setTimeout(() => void renew(), Math.max(soon - Date.now(), 1000));
      };
      const renew = async () => {
        try {
          const next = await this.options.connect();
          if (this.stopped || this.carrier === null) return;
          this.on.connected(next);
          for (let rung = 0; rung <= this.rung; rung++) {
            const carrier = await this.replace(rung, next, end);
            if (this.stopped || this.carrier === null) {
              carrier?.close();
              return;
            }
            if (carrier === null) continue;
            this.carrier.close();
            this.carrier = carrier;
            if (rung !== this.rung) this.on.up(this.transport((this.rung = rung)));
            renewLater(next.renewBy);
            return;
          }
        } catch (e) {
          if (e instanceof Refusal && !e.passing) {
            this.carrier?.close();
            this.carrier = null;
            reject(e);
            return;
          }
        }
        renewLater(Date.now() + 30_000); // what there is still carries
      };
      const rung = this.rung;
      this.carrier = this.open(rung, connection, {
        open: () => {
          opened = Date.now();
          renewLater(connection.renewBy);
          this.on.up(this.transport(rung));
        },
        news: this.on.news,
        lost: end,
      });
    });
  }

  /** Opens a carrier beside the one in use; resolves to null where it does not open. */
  private replace(rung: number, connection: Connection, lost: () => void): Promise<Carrier | null> {
    return new Promise((resolve) => {
      let opened = false;
      const carrier = this.open(rung, connection, {
        open: () => {
          opened = true;
          resolve(carrier);
        },
        news: this.on.news,
        lost: () => {
          if (!opened) resolve(null);
          else if (this.carrier === carrier) lost();
        },
      });
    });
  }

  private open(rung: number, connection: Connection, on: CarrierEvents): Carrier {
    const kind = this.options.carriers[rung];
    if (kind === undefined) throw new RangeError(`There is no carrier ${rung}.`);
    return kind.open(connection, on);
  }

  private transport(rung: number): Transport {
    return this.options.carriers[rung]?.transport ?? 'poll';
  }
}
