import type { Pending } from '../../chat/transcript/transcript';
import { eventOf, lastForMe } from '../../chat/transcript/transcript';
import { parseStartedChat, startChat, type DemoConfig, type StartedChat } from '../../chat/service';
import { record, text } from '../../chat/item';
import type { ConversationActions } from '../parts/conversation';
import type { Store } from '../../chat/store';
import { CustomerSession, refusal } from './chatjs';
import type { Visit, VisitEvent } from './visit';

const kept = 'bellpull.customer';

/** Does what the customer asks and tells the store what came of it. */
export class Controller implements ConversationActions {
  private session: CustomerSession | null = null;
  private lastRead = '';

  constructor(
    private readonly store: Store<Visit, VisitEvent>,
    private readonly config: () => Promise<DemoConfig>,
    private readonly setDraft: (text: string) => void,
  ) {
    document.addEventListener('visibilitychange', () => this.noticeRead());
  }

  /** Goes on with the chat this tab had before it was reloaded, if there is one. */
  async resume(): Promise<void> {
    const o = record(JSON.parse(sessionStorage.getItem(kept) ?? 'null'));
    const chat = parseStartedChat(o['chat']);
    if (chat !== null) await this.enter(chat, text(o['name']));
  }

  async start(name: string): Promise<void> {
    this.store.dispatch({ type: 'starting' });
    try {
      const chat = await startChat(name, await this.config());
      sessionStorage.setItem(kept, JSON.stringify({ chat, name }));
      await this.enter(chat, name);
    } catch (e) {
      this.store.dispatch({ type: 'not started', problem: e instanceof Error ? e.message : 'The chat did not start.' });
    }
  }

  send(words: string): void {
    void this.say(words, crypto.randomUUID());
  }

  retry(pending: Pending): void {
    void this.say(pending.text, pending.clientToken);
  }

  draft(words: string): void {
    this.setDraft(words);
  }

  /** ChatJS itself lets only one of these through every ten seconds. */
  typing(): void {
    this.session?.typing().catch(ignore);
  }

  async leave(): Promise<void> {
    this.store.dispatch({ type: 'leaving' });
    try {
      await this.session?.leave();
    } catch (e) {
      this.store.dispatch({ type: 'problem', problem: refusal(e).message });
    }
  }

  /** Back to the door after a chat that is over. */
  again(): void {
    sessionStorage.removeItem(kept);
    this.session = null;
    this.store.dispatch({ type: 'not started', problem: null });
  }

  private async enter(chat: StartedChat, name: string): Promise<void> {
    const region = (await this.config()).region;
    this.store.dispatch({ type: 'started', chat, name });
    const session = new CustomerSession(chat, region, {
      open: () => {
        this.store.dispatch({ type: 'line', line: 'open' });
        void this.catchUp(session);
      },
      lost: () => this.store.dispatch({ type: 'line', line: 'lost' }),
      broken: () => this.store.dispatch({ type: 'line', line: 'broken' }),
      ended: () => sessionStorage.removeItem(kept),
      incoming: (incoming) => {
        const event = eventOf(incoming, Date.now());
        if (event === null || this.session !== session) return;
        this.store.dispatch({ type: 'transcript', event });
        this.noticeRead();
      },
    });
    this.session = session;
    try {
      await session.connect();
    } catch (e) {
      const { status, message } = refusal(e);
      sessionStorage.removeItem(kept);
      this.session = null;
      this.store.dispatch({ type: 'not started', problem: status === 403 ? 'That chat has ended.' : message });
    }
  }

  /** Reads the whole transcript, newest page first, after every way back to an open line. */
  private async catchUp(session: CustomerSession): Promise<void> {
    try {
      let nextToken: string | null = null;
      do {
        const page: Awaited<ReturnType<CustomerSession['page']>> = await session.page(nextToken);
        if (this.session !== session) return;
        this.store.dispatch({ type: 'transcript', event: { type: 'items', items: page.items } });
        nextToken = page.nextToken;
      } while (nextToken !== null);
      this.noticeRead();
    } catch (e) {
      this.store.dispatch({ type: 'problem', problem: `Earlier messages could not be read. ${refusal(e).message}` });
    }
  }

  private async say(words: string, clientToken: string): Promise<void> {
    const tell = (event: Extract<VisitEvent, { type: 'transcript' }>['event']) => this.store.dispatch({ type: 'transcript', event });
    tell({ type: 'sending', clientToken, text: words });
    try {
      if (this.session === null) throw new Error('no session');
      tell({ type: 'sent', clientToken, id: await this.session.send(words, clientToken) });
    } catch {
      tell({ type: 'failed', clientToken });
    }
  }

  /** Says that the last message was read when somebody can see it, and that it arrived otherwise. */
  private noticeRead(): void {
    const { state } = this.store;
    if (state.at !== 'chat' || state.transcript.ended) return;
    const last = lastForMe(state.transcript);
    if (last === null) return;
    const kind = document.visibilityState === 'visible' ? 'read' : 'delivered';
    const receipt = `${kind} ${last.id}`;
    if (receipt === this.lastRead) return;
    this.lastRead = receipt;
    this.session?.receipt(kind, last.id).catch(ignore);
  }
}

/** A lost typing mark or receipt is nothing to bother anybody with. */
function ignore(): void {}
