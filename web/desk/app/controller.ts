import { AgentChats } from '../../chat/agent/chats';
import type { FoundContact, QuickConnect, QuickResponse, Search, SearchChoices } from '../../chat/agent/records';
import { AgentService, type Page } from '../../chat/agent/service';
import { isOver, Session, sessionKey } from '../../chat/agent/session';
import type { AgentContact, AgentState, MonitorMode, Snapshot } from '../../chat/agent/snapshot';
import { AgentSocket } from '../../chat/agent/socket';
import { contentType, record, text, type ContactId, type Item } from '../../chat/item';
import { Kept } from '../../chat/kept';
import { ServiceError } from '../../chat/service';
import { Store } from '../../chat/store';
import { lastForMe } from '../../chat/transcript/transcript';
import { Toasts } from '../../ui';
import { Attention } from '../attention/attention';
import { isolated } from '../conversation/words';
import { parseSettings, type Settings } from '../settings/settings';
import { Outbox } from './outbox';
import { atTheDoor, listed, offers, reduce, type Desk, type DeskEvent, type Open, type Seen } from './state';

/** Tells others that we type at most this often, in milliseconds. */
const typingEvery = 4_000;

/** How often a server that is away is asked when the desk is opened, in milliseconds. */
const retryEvery = 2_000;

const signInAgain = 'Your session has ended. Please sign in again. What you were writing is kept.';

/** Does what the agent asks, tells the store what came of it, and keeps the desk as the server says it is. */
export class Controller {
  readonly store = new Store<Desk, DeskEvent>(reduce, atTheDoor);
  readonly toasts = new Toasts();
  readonly settings: Store<Settings, Partial<Settings>>;

  /** Shared by all tabs. */
  readonly kept = new Kept(() => localStorage, 'bellpull.desk.');
  private readonly keptByTab = new Kept(() => sessionStorage, 'bellpull.desk.');

  private service: AgentService | null = null;
  private chats: AgentChats | null = null;
  private socket: AgentSocket | null = null;
  private session: Session | null = null;
  private readonly outbox: Outbox;
  private readonly receipts = new Map<ContactId, string>();
  private readonly typed = new Map<ContactId, number>();
  /** Chats whose newest items are being read or will be, and whether they have to be read once more after that. */
  private readonly queued = new Map<ContactId, boolean>();
  /** Chats whose details have been asked for. */
  private readonly described = new Set<ContactId>();

  constructor() {
    this.settings = new Store<Settings, Partial<Settings>>((s, change) => ({ ...s, ...change }), parseSettings(this.kept.read('settings')));
    this.settings.watch(() => this.kept.write('settings', this.settings.state));
    this.outbox = new Outbox(
      this.keptByTab,
      (letter) => this.deliver(letter.contact, (chats, contact) => chats.say(contact, letter.text, letter.contentType, letter.clientToken)),
      (contact, event) => this.store.dispatch({ type: 'chat', contact, event }),
    );
    new Attention(this.store, () => this.settings.state, (id) => this.select(id));
    this.store.watch(() => this.notice());
    document.addEventListener('visibilitychange', () => {
      this.notice();
      if (document.visibilityState === 'visible') this.socket?.hurry(); // the computer may have slept
    });
    window.addEventListener('online', () => this.socket?.hurry());
    window.addEventListener('storage', (e) => this.otherTab(e.key));
    setInterval(() => this.tick(), 1000);
  }

  /** Goes on with the session of this browser, if there is one; a server that is away is waited for. */
  async resume(problem: string | null = null): Promise<void> {
    const session = Session.resume(this.kept);
    if (session === null) return this.leave(null);
    this.store.dispatch({ type: 'resuming', problem });
    try {
      await this.enter(session);
    } catch (e) {
      if (!isOver(e)) return void setTimeout(() => void this.resume(words(e)), retryEvery);
      session.end();
      this.leave(signInAgain);
    }
  }

  async signIn(username: string, password: string): Promise<void> {
    this.store.dispatch({ type: 'signing in' });
    try {
      await this.enter(await Session.begin(this.kept, username, password));
    } catch (e) {
      this.leave(refused(e) ? 'The user name or the password is wrong.' : words(e));
    }
  }

  /** Signs out; who takes chats goes offline first, so that none rings at an empty desk. */
  async signOut(): Promise<void> {
    const desk = this.open();
    const offline = desk?.configuration.states.find((s) => s.type === 'offline');
    if (desk?.snapshot.state.type === 'routable' && offline !== undefined) await this.service?.putState(offline).catch(() => undefined);
    this.session?.end();
    this.leave(null);
  }

  /** Commands of the agent: each one is answered by the next picture, and by words when it fails. */

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

  transfer(contact: AgentContact, to: QuickConnect): void {
    this.command((s) => s.transfer(contact.id, to.arn), () => this.toasts.show('good', `${isolated(contact.customer)} is being handed on to ${to.name}.`));
  }

  add(contact: AgentContact, to: QuickConnect): void {
    this.command((s) => s.add(contact.id, to.arn), () => this.toasts.show('info', `${to.name} has been asked to join.`));
  }

  setMonitorMode(contact: AgentContact, mode: MonitorMode): void {
    this.command((s) => s.setMonitorMode(contact.id, mode));
  }

  setAttributes(contact: AgentContact, attributes: Readonly<Record<string, string>>): void {
    this.command((s) => s.setAttributes(contact.id, attributes), () => void this.describe(contact.id));
  }

  /** What the agent looks up. */

  /** Whom the agent can hand chats on to: those of the queues that the agent serves, of whatever queue a chat is. */
  quickConnects(): Promise<readonly QuickConnect[]> {
    const queues = this.open()?.configuration.queues.map((q) => q.arn) ?? [];
    return this.ask((s) => s.quickConnects(queues));
  }

  quickResponses(query: string, contact: ContactId): Promise<readonly QuickResponse[]> {
    return this.ask((s) => s.quickResponses(query, contact));
  }

  searchChoices(): Promise<SearchChoices> {
    return this.ask((s) => s.searchChoices());
  }

  search(search: Search, next: string | null): Promise<Page<FoundContact>> {
    return this.ask((s) => s.search(search, next));
  }

  transcript(contact: ContactId, next: string | null): Promise<Page<Item>> {
    return this.ask((s) => s.transcript(contact, next));
  }

  /** Comes into a chat to listen, and answers the contact that the desk has then. */
  monitor(contact: ContactId, mayBarge: boolean): Promise<ContactId> {
    return this.ask((s) => s.monitor(contact, mayBarge));
  }

  /** Calls an operation of the agent API, for parts of the desk that have some of their own. */
  call(operation: string, body: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.ask((s) => s.call(operation, body));
  }

  /** The desk as a place: what is in front, and what is written there. */

  select(contact: ContactId): void {
    this.store.dispatch({ type: 'select', contact });
  }

  setColumns(columns: number): void {
    this.settings.dispatch({ columns });
    this.store.dispatch({ type: 'columns', columns });
  }

  send(contact: AgentContact, words: string, type: string): void {
    this.outbox.send({ contact: contact.id, clientToken: crypto.randomUUID(), text: words, contentType: type });
    this.typed.delete(contact.id);
  }

  retry(clientToken: string): void {
    this.outbox.retry(clientToken);
  }

  discard(clientToken: string): void {
    this.outbox.discard(clientToken);
  }

  async sendFile(contact: AgentContact, file: File): Promise<void> {
    const clientToken = crypto.randomUUID();
    const tell = (event: Extract<DeskEvent, { type: 'chat' }>['event']) => this.store.dispatch({ type: 'chat', contact: contact.id, event });
    tell({ type: 'sending', clientToken, text: file.name, contentType: 'file' });
    try {
      await this.deliver(contact.id, (chats, c) => chats.sendFile(c, file, clientToken));
    } catch (e) {
      this.toasts.show('bad', `${file.name} could not be sent. ${words(e)}`);
    }
    tell({ type: 'discarded', clientToken }); // its item comes like everybody's
  }

  async openFile(contact: AgentContact, id: string): Promise<void> {
    try {
      const url = await this.deliver(contact.id, (chats, c) => chats.fileUrl(c, id));
      window.open(url, '_blank', 'noopener');
    } catch (e) {
      this.toasts.show('bad', `The file could not be fetched. ${words(e)}`);
    }
  }

  typing(contact: AgentContact): void {
    const now = Date.now();
    if (now - (this.typed.get(contact.id) ?? 0) < typingEvery) return;
    this.typed.set(contact.id, now);
    this.chats?.hint(contact, contentType.typing);
  }

  draft(contact: ContactId): string {
    return this.kept.get(`draft.${contact}`) ?? '';
  }

  keepDraft(contact: ContactId, words: string): void {
    this.kept.set(`draft.${contact}`, words === '' ? null : words);
  }

  /** Reads the items before those that are here. */
  async more(contact: AgentContact): Promise<void> {
    const chat = this.open()?.chats.get(contact.id);
    if (chat === undefined || typeof chat.older !== 'string' || chat.loading === 'reading') return;
    await this.load(contact, chat.older);
  }

  /** Reads the newest items of a chat once more, after that has failed. */
  reload(contact: AgentContact): void {
    void this.load(contact, null);
  }

  private async enter(session: Session): Promise<void> {
    const service = new AgentService(session);
    const [configuration, snapshot] = await Promise.all([service.configuration(), service.snapshot()]);
    [this.session, this.service, this.chats] = [session, service, new AgentChats(service)];
    const { columns } = this.settings.state;
    this.store.dispatch({ type: 'signed in', configuration, snapshot, seen: this.keptSeen(), columns, now: Date.now() });
    this.tidyKept(snapshot);
    this.outbox.resume(snapshot.contacts.filter((c) => c.state === 'connected').map((c) => c.id));
    this.loadNew(false);
    this.socket = new AgentSocket(() => service.socketUrl(), {
      open: () => {
        this.store.dispatch({ type: 'line', line: { is: 'open' } });
        this.outbox.hurry();
        void this.look().then(() => this.loadNew(true)); // what was said while the line was down
      },
      lost: () => this.lost(),
      failed: (reason) => {
        this.lost();
        if (isOver(reason)) this.expire();
        return !isOver(reason);
      },
      frame: (frame) => {
        if (frame.type === 'snapshot') this.see(frame.snapshot);
        if (frame.type === 'configuration') this.store.dispatch(frame);
        if (frame.type === 'incoming') this.store.dispatch({ type: 'incoming', incoming: frame.incoming, now: Date.now() });
      },
    });
  }

  private leave(problem: string | null): void {
    this.socket?.stop();
    [this.socket, this.service, this.chats, this.session] = [null, null, null, null];
    for (const held of [this.receipts, this.typed, this.queued, this.described]) held.clear();
    this.store.dispatch({ type: 'signed out', problem });
  }

  private expire(): void {
    this.session?.end();
    this.leave(signInAgain);
  }

  private lost(): void {
    const desk = this.open();
    if (desk !== null && desk.line.is !== 'lost') this.store.dispatch({ type: 'line', line: { is: 'lost', since: Date.now() } });
  }

  private see(snapshot: Snapshot): void {
    const before = this.open()?.snapshot.contacts ?? [];
    this.store.dispatch({ type: 'snapshot', snapshot, now: Date.now() });
    const here = this.open()?.snapshot.contacts ?? [];
    for (const { id } of before) if (!here.some((c) => c.id === id)) this.forget(id);
    this.chats?.keep(here);
    this.loadNew(false);
  }

  /** Asks for the whole picture, after a way back or an own command. */
  private async look(): Promise<void> {
    try {
      if (this.service !== null) this.see(await this.service.snapshot());
    } catch (e) {
      if (isOver(e)) this.expire();
    }
  }

  private command(act: (service: AgentService) => Promise<void>, done?: () => void): void {
    void this.ask(act)
      .then(done)
      .catch((e: unknown) => this.toasts.show('bad', words(e)))
      .finally(() => void this.look());
  }

  private async ask<T>(act: (service: AgentService) => Promise<T>): Promise<T> {
    if (this.service === null) throw new Error('Please sign in again.');
    try {
      return await act(this.service);
    } catch (e) {
      if (isOver(e)) this.expire();
      throw e;
    }
  }

  private async deliver<T>(id: ContactId, act: (chats: AgentChats, contact: AgentContact) => Promise<T>): Promise<T> {
    const contact = this.open()?.snapshot.contacts.find((c) => c.id === id);
    if (contact === undefined || this.chats === null) throw new Error('This chat is not on the desk any more.');
    return act(this.chats, contact);
  }

  /** Reads the transcript of each chat that was not read; with again, the newest items of all. Those on the screen come first. */
  private loadNew(again: boolean): void {
    const desk = this.open();
    if (desk === null) return;
    const wanted = listed(desk).filter((contact) => {
      const chat = desk.chats.get(contact.id);
      if (chat === undefined) return false;
      if (this.queued.has(contact.id)) {
        if (again) this.queued.set(contact.id, true); // what is being read may be from before the line came back
        return false;
      }
      return contact.state === 'connected' ? again || chat.loading === 'not yet' : contact.state === 'ended' && chat.loading === 'not yet';
    });
    for (const contact of wanted) this.queued.set(contact.id, false);
    const read = async (contact: AgentContact) => {
      do {
        this.queued.set(contact.id, false);
        await this.load(contact, null);
      } while (this.queued.get(contact.id) === true);
      this.queued.delete(contact.id);
    };
    const front = wanted.filter((c) => desk.panes.includes(c.id));
    void Promise.all(front.map(read)).then(async () => {
      for (const contact of wanted) if (!front.includes(contact)) await read(contact);
    });
  }

  /** Reads a page, and when the newest are read again, as many as were missed. */
  private async load(contact: AgentContact, older: string | null): Promise<void> {
    const known = this.open()?.chats.get(contact.id)?.transcript.items.at(-1)?.at ?? null;
    this.store.dispatch({ type: 'loading', contact: contact.id, loading: 'reading' });
    try {
      let token = older;
      do {
        const page = await this.page(contact, token);
        this.store.dispatch({ type: 'page', contact: contact.id, items: page.entries, older: page.next, newest: older === null });
        const missed = older === null && known !== null && (page.entries[0]?.at ?? '') > known;
        token = missed ? page.next : null;
      } while (token !== null);
    } catch {
      this.store.dispatch({ type: 'loading', contact: contact.id, loading: 'failed' });
    }
  }

  /** A page of a transcript: as one who takes part, or by right once the chat is over. */
  private async page(contact: AgentContact, older: string | null): Promise<Page<Item>> {
    if (contact.state === 'ended') return this.transcript(contact.id, older);
    const page = await this.deliver(contact.id, (chats, c) => chats.page(c, older));
    return { entries: page.items, next: page.nextToken };
  }

  private async describe(contact: ContactId): Promise<void> {
    try {
      this.store.dispatch({ type: 'details', contact, details: await this.ask((s) => s.details(contact)) });
    } catch {
      // the snapshot tells the most important of it
    }
  }

  /** Says that what is on the screen was read and that the rest arrived, keeps what was seen for other tabs, and asks who is new there. */
  private notice(): void {
    const desk = this.open();
    if (desk === null) return;
    const seen: Record<ContactId, string> = {};
    for (const id of desk.panes) {
      if (this.described.has(id)) continue;
      this.described.add(id);
      void this.describe(id);
    }
    for (const contact of listed(desk)) {
      const chat = desk.chats.get(contact.id);
      if (chat === undefined) continue;
      const visible = document.visibilityState === 'visible' && desk.panes.includes(contact.id);
      const newest = chat.transcript.items.at(-1)?.at ?? '';
      if (visible && newest > chat.seen) seen[contact.id] = newest;
      if (contact.state !== 'connected' || contact.monitor?.mode === 'SILENT_MONITOR') continue;
      const last = lastForMe(chat.transcript);
      if (last !== null) this.acknowledge(contact, last.id, visible);
    }
    if (Object.keys(seen).length === 0) return;
    this.kept.write('seen', { ...this.keptSeen(), ...seen });
    this.store.dispatch({ type: 'seen', seen });
  }

  private acknowledge(contact: AgentContact, message: string, read: boolean): void {
    const receipt = `${read ? 'read' : 'delivered'} ${message}`;
    const before = this.receipts.get(contact.id);
    if (receipt === before || (!read && before === `read ${message}`)) return;
    this.receipts.set(contact.id, receipt);
    this.chats?.hint(contact, read ? contentType.read : contentType.delivered, JSON.stringify({ messageId: message }));
  }

  private keptSeen(): Seen {
    return Object.fromEntries(Object.entries(record(this.kept.read('seen'))).map(([id, at]) => [id, text(at)]));
  }

  /** Forgets what was kept of contacts that are gone, so that a year of shifts leaves nothing behind. */
  private tidyKept(snapshot: Snapshot): void {
    const here = new Set(snapshot.contacts.map((c) => c.id));
    this.kept.write('seen', Object.fromEntries(Object.entries(this.keptSeen()).filter(([id]) => here.has(id))));
    for (const key of this.kept.keys('draft.')) if (!here.has(key.slice('draft.'.length))) this.kept.set(key, null);
  }

  private forget(contact: ContactId): void {
    for (const held of [this.receipts, this.typed, this.described]) held.delete(contact);
    this.keepDraft(contact, '');
    const { [contact]: _, ...seen } = this.keptSeen();
    this.kept.write('seen', seen);
  }

  /** Another tab has signed in or out, has seen something or has changed a setting. */
  private otherTab(key: string | null): void {
    switch (key) {
      case `bellpull.desk.${sessionKey}`:
        if (this.kept.get(sessionKey) === null) this.leave(null);
        else if (this.session === null) void this.resume();
        break;
      case 'bellpull.desk.seen':
        this.store.dispatch({ type: 'seen', seen: this.keptSeen() });
        break;
      case 'bellpull.desk.settings':
        this.settings.dispatch(parseSettings(this.kept.read('settings')));
        break;
    }
  }

  /** Takes down typing lines that nobody has renewed. */
  private tick(): void {
    const desk = this.open();
    if (desk === null) return;
    if ([...desk.chats.values()].some((chat) => chat.transcript.typing.size > 0)) this.store.dispatch({ type: 'tick', now: Date.now() });
  }

  private open(): Open | null {
    const { state } = this.store;
    return state.at === 'desk' ? state : null;
  }
}

/** The offer that rings longest, if any does. */
export function firstOffer(desk: Open): AgentContact | null {
  return offers(desk)[0] ?? null;
}

function refused(e: unknown): boolean {
  return e instanceof ServiceError && (e.status === 401 || e.status === 403);
}

export function words(e: unknown): string {
  return e instanceof Error ? e.message : 'Something went wrong.';
}
