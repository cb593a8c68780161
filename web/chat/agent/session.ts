/**
 * An agent's session: an access token, and the refresh token by which it is
 * renewed before it expires, so that a shift ends when the agent ends it. Tabs
 * share one session through what the browser keeps.
 */

import { record, text } from '../item';
import type { Kept } from '../kept';
import { post, ServiceError } from '../service';

export type Tokens = Readonly<{
  access: string;
  refresh: string;
  /** When the access token was given out and when it expires, in milliseconds. */
  from: number;
  until: number;
}>;

/** Where a session is kept, so that other tabs can watch for it. */
export const sessionKey = 'session';

/** Asks for tokens: by user name and password, or by a refresh token. */
export type Ask = (body: Readonly<Record<string, string>>) => Promise<unknown>;

const askServer: Ask = (body) => post('/auth/token', {}, body);

export class Session {
  private renewing: Promise<Tokens> | null = null;

  private constructor(
    private readonly kept: Kept,
    private readonly ask: Ask,
    private readonly now: () => number,
  ) {}

  /** Begins a session; fails when the name or the password is wrong. */
  static async begin(kept: Kept, username: string, password: string, ask = askServer, now = Date.now): Promise<Session> {
    kept.write(sessionKey, parseTokens(await ask({ username, password }), now()));
    return new Session(kept, ask, now);
  }

  /** Goes on with the session that is kept, if there is one. */
  static resume(kept: Kept, ask = askServer, now = Date.now): Session | null {
    return keptTokens(kept) === null ? null : new Session(kept, ask, now);
  }

  /** Answers the access token, renewed first when three quarters of its life are over. */
  async token(): Promise<string> {
    const tokens = this.tokens();
    if (this.now() < tokens.from + (tokens.until - tokens.from) * 0.75) return tokens.access;
    try {
      return (await this.renewed(tokens.access)).access;
    } catch (e) {
      if (this.now() < tokens.until && !isOver(e)) return tokens.access; // it is good for a while yet
      throw e;
    }
  }

  /** Answers another access token than one that was refused. Fails with status 401 when the session is over. */
  async insteadOf(refused: string): Promise<string> {
    return (await this.renewed(refused)).access;
  }

  /** Forgets the session, in all tabs. */
  end(): void {
    this.kept.set(sessionKey, null);
  }

  private tokens(): Tokens {
    const tokens = keptTokens(this.kept);
    if (tokens === null) throw new ServiceError(401, 'UnauthorizedException', 'Please sign in again.');
    return tokens;
  }

  /** Renews once, however many ask at a time and in however many tabs. */
  private renewed(old: string): Promise<Tokens> {
    this.renewing ??= alone(async () => {
      const tokens = this.tokens();
      if (tokens.access !== old) return tokens; // another tab was first
      const next = parseTokens(await this.ask({ refreshToken: tokens.refresh }), this.now());
      this.kept.write(sessionKey, next);
      return next;
    }).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }
}

/** Reports whether a failure says that the session is over. */
export function isOver(e: unknown): boolean {
  return e instanceof ServiceError && e.status === 401;
}

/** Runs something while no other tab does. */
function alone<T>(run: () => Promise<T>): Promise<T> {
  return typeof navigator !== 'undefined' && navigator.locks !== undefined
    ? (navigator.locks.request('bellpull.renew', run) as Promise<T>)
    : run();
}

function keptTokens(kept: Kept): Tokens | null {
  const o = record(kept.read(sessionKey));
  const [access, refresh] = [text(o['access']), text(o['refresh'])];
  if (access === '') return null;
  return { access, refresh, from: Number(o['from']), until: Number(o['until']) };
}

function parseTokens(value: unknown, now: number): Tokens {
  const o = record(value);
  const access = text(o['accessToken']);
  if (access === '') throw new ServiceError(200, '', 'The answer holds no access token.');
  return { access, refresh: text(o['refreshToken']), from: now, until: Number(o['expiration']) };
}
