import { AgentSocket } from '../../chat/agent/socket';
import type { AgentContact, AgentState, Snapshot } from '../../chat/agent/snapshot';
import { contentType, type ContactId } from '../../chat/item';
import { AgentService, sendEvent, sendMessage, ServiceError, signIn, transcriptPage } from '../../chat/service';
import { lastForMe, type Pending } from '../../chat/transcript/transcript';
import type { Store } from '../store';
import type { Desk, DeskEvent } from './desk';

const kept = 'bellpull.agent';

/** Tells others that we type at most this often, in milliseconds. */
const typingEvery = 5_000;

/** A chat token is renewed this long before it expires, in milliseconds. */
const renewBefore = 60_000;

/** Does what the agent asks and tells the store what came of it. */
export class Controller {
  private service: AgentService | null = null;
  private socket: AgentSocket | null = null;
  private tokens = new Map<ContactId, Promise<{ token: string; expires: number }>>();
  private loaded = new Set<ContactId>();
  private receipts = new Map<ContactId, string>();
  private typed = new Map<ContactId, number>();

  constructor(private readonly store: Store<Desk, DeskEvent>) {
    setInterval(() => store.dispatch({ type: 'tick', now: Date.now() }), 1000);
    document.addEventListener('visibilitychange', () => this.noticeRead());
    store.watch(() => this.noticeRead());
  }

  /** Goes on with the session this tab had before it was reloaded, if there is one. */
  async resume(): Promise<void> {
    const token = sessionStorage.getItem(kept);
    if (token !== null) await this.enter(token);
  }

  async signIn(username: string, password: string): Promise<void> {
    this.store.dispatch({ type: 'signing in' });
    try {
      const token = await signIn(username, password);
      sessionStorage.setItem(kept, token);
      await this.enter(token);
    } catch (e) {
      this.signOut(e instanceof ServiceError && (e.status === 401 || e.status === 403) ? 'The user name or the password is wrong.' : words(e));
    }
  }

  signOut(problem: string | null): void {
    sessionStorage.removeItem(kept);
    this.socket?.stop();
    this.socket = null;
    this.service = null;
    this.tokens.clear();
    this.loaded.clear();
    this.receipts.clear();
    this.store.dispatch({ type: 'signed out', problem });
  }

  putState(state: AgentState): void {
    this.command((s) => s.putState(state));
  }

  accept(contact: AgentContact): void {
    this.command((s) => s.accept(contact.id));
  }

  decline(contact: AgentContact): void {
    this.command((s) => s.reject(contact.id));
  }

  end(contact: AgentContact): void {
    this.command((s) => s.end(contact.id, contact.me));
  }

  clear(contact: AgentContact): void {
    this.command((s) => s.clear(contact.id));
  }

  send(contact: AgentContact, text: string): void {
    void this.say(contact, text, crypto.randomUUID());
  }

  retry(contact: AgentContact, pending: Pending): void {
    void this.say(contact, pending.text, pending.clientToken);
  }

  typing(contact: AgentContact): void {
    const now = Date.now();
    if (now - (this.typed.get(contact.id) ?? 0) < typingEvery) return;
    this.typed.set(contact.id, now);
    this.whisper(contact, contentType.typing);
  }

  private async enter(accessToken: string): Promise<void> {
    const service = new AgentService(accessToken);
    try {
      const [configuration, snapshot] = await Promise.all([service.configuration(), service.snapshot()]);
      this.service = service;
      this.store.dispatch({ type: 'signed in', configuration, snapshot, now: Date.now() });
    } catch (e) {
      this.signOut(expired(e) ? null : words(e));
      return;
    }
    this.loadNew();
    this.socket = new AgentSocket(() => service.socketUrl(), {
      open: () => {
        this.store.dispatch({ type: 'line', line: 'open' });
        this.loaded.clear(); // what was said while the line was down
        void this.look();
      },
      lost: () => this.store.dispatch({ type: 'line', line: 'lost' }),
      failed: (reason) => {
        this.store.dispatch({ type: 'line', line: 'lost' });
        if (expired(reason)) this.signOut('Please sign in again.');
        return !expired(reason);
      },
      frame: (frame) => {
        if (frame.type === 'snapshot') this.see(frame.snapshot);
        if (frame.type === 'incoming') this.store.dispatch({ type: 'incoming', incoming: frame.incoming, now: Date.now() });
      },
    });
  }

  private see(snapshot: Snapshot): void {
    this.store.dispatch({ type: 'snapshot', snapshot, now: Date.now() });
    this.loadNew();
  }

  /** Asks for the whole picture, after a way back or an own command. */
  private async look(): Promise<void> {
    try {
      if (this.service !== null) this.see(await this.service.snapshot());
    } catch (e) {
      if (expired(e)) this.signOut('Please sign in again.');
    }
  }

  private command(act: (service: AgentService) => Promise<void>): void {
    const { service } = this;
    if (service === null) return;
    this.store.dispatch({ type: 'problem', problem: null });
    void act(service)
      .catch((e: unknown) => {
        if (expired(e)) this.signOut('Please sign in again.');
        else this.store.dispatch({ type: 'problem', problem: words(e) });
      })
      .finally(() => void this.look());
  }

  /** Reads the transcript of each chat that is talked in and was not read since the line came up. */
  private loadNew(): void {
    const { state } = this.store;
    if (state.at !== 'desk') return;
    for (const contact of state.snapshot.contacts) {
      if (contact.state !== 'connected' || this.loaded.has(contact.id)) continue;
      this.loaded.add(contact.id);
      void this.load(contact);
    }
  }

  private async load(contact: AgentContact): Promise<void> {
    try {
      let nextToken: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof transcriptPage>> = await transcriptPage(await this.token(contact), nextToken);
        this.store.dispatch({ type: 'chat', contact: contact.id, event: { type: 'items', items: page.items } });
        nextToken = page.nextToken;
      } while (nextToken !== null);
    } catch (e) {
      this.loaded.delete(contact.id);
      this.store.dispatch({ type: 'problem', problem: `The messages of ${contact.customer} could not be read. ${words(e)}` });
    }
  }

  private async say(contact: AgentContact, text: string, clientToken: string): Promise<void> {
    const tell = (event: Extract<DeskEvent, { type: 'chat' }>['event']) => this.store.dispatch({ type: 'chat', contact: contact.id, event });
    tell({ type: 'sending', clientToken, text });
    try {
      tell({ type: 'sent', clientToken, id: await sendMessage(await this.token(contact), text, clientToken) });
      this.typed.delete(contact.id);
    } catch {
      tell({ type: 'failed', clientToken });
    }
  }

  /** Says that the last message of the chat on the screen was read, and that the others' arrived. */
  private noticeRead(): void {
    const { state } = this.store;
    if (state.at !== 'desk') return;
    for (const contact of state.snapshot.contacts) {
      const chat = state.chats.get(contact.id);
      if (contact.state !== 'connected' || chat === undefined) continue;
      const last = lastForMe(chat.transcript);
      if (last === null) continue;
      const seen = state.selected === contact.id && document.visibilityState === 'visible';
      const receipt = `${seen ? 'read' : 'delivered'} ${last.id}`;
      const before = this.receipts.get(contact.id);
      if (receipt === before || (!seen && before === `read ${last.id}`)) continue;
      this.receipts.set(contact.id, receipt);
      this.whisper(contact, seen ? contentType.read : contentType.delivered, JSON.stringify({ messageId: last.id }));
    }
  }

  /** Sends what may be lost without anybody missing it. */
  private whisper(contact: AgentContact, type: string, content?: string): void {
    this.token(contact)
      .then((token) => sendEvent(token, type, content))
      .catch(() => undefined);
  }

  private async token(contact: AgentContact): Promise<string> {
    const known = this.tokens.get(contact.id);
    if (known !== undefined) {
      const { token, expires } = await known;
      if (expires - renewBefore > Date.now()) return token;
    }
    if (this.service === null) throw new Error('Please sign in again.');
    const asked = this.service.chatToken(contact.id, contact.me);
    this.tokens.set(contact.id, asked);
    asked.catch(() => this.tokens.delete(contact.id));
    return (await asked).token;
  }
}

function expired(e: unknown): boolean {
  return e instanceof ServiceError && e.status === 401;
}

function words(e: unknown): string {
  return e instanceof Error ? e.message : 'Something went wrong.';
}
