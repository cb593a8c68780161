/**
 * The core: everything behind the launcher's button. It is one module, fetched
 * when somebody is about to open the chat, or when one was going on.
 */

import { createRoot } from 'react-dom/client';
import type { Chat } from '../chat/customer/state';
import { createChat } from '../chat/customer/chat';
import { browserEnvironment } from '../chat/customer/environment';
import { ask } from './ask';
import { Attention } from './attention';
import { inks } from './colour';
import { known, parseConfig, type Config } from './config';
import { customOf, type Custom } from './custom';
import { bodyOf, summary, whoOf } from './conversation/rows';
import type { Core, Details, Host } from './launcher/host';
import { object } from './launcher/settings';
import { styler } from './launcher/sheet';
import { Boundary, Panel } from './parts/panel';
import { Announcer, Preview } from './parts/preview';
import { SessionProvider, type Session } from './session';
import { Sound } from './sound';
import css from './style.css?inline';
import { chooseTag, loadLanguage, type Language } from './words/language';

export async function begin(host: Host): Promise<Core> {
  const config = parseConfig(host.config, host.base);
  const { settings } = host;
  const language = await loadLanguage(chooseTag(config.look.language, document.documentElement.lang, navigator.languages), config.look.strings);
  const types = settings.get('supportedMessagingContentTypes');
  const minutes = settings.get('chatDurationInMinutes');
  const chat = createChat({
    base: host.base,
    widget: host.id,
    receipts: config.look.receipts,
    typing: config.look.typing,
    challenge: config.challenge,
    ...(config.persistent ? { customerId: customerOf(host.id) } : {}),
    ...(Array.isArray(types) ? { contentTypes: types.map(String) } : {}),
    ...(typeof minutes === 'number' ? { durationMinutes: minutes } : {}),
  });
  const core = new Window(host, config, language, chat);
  void chat.resume();
  return core;
}

/** The panel on a page: what is open, and what the page and the chat are told of each other. */
export class Window implements Core {
  private open = false;
  private details: Details = {};
  /** What the page calls the customer, and what it said that by. */
  private name = '';
  private namedBy: unknown = null;
  /** A start waits for the page to say who the customer is. */
  private signing = false;
  /** What the page has said in a chat that has not begun yet. */
  private readonly unsaid: string[] = [];
  private readonly sound = new Sound();
  private readonly attention: Attention;
  private readonly place = document.createElement('div');
  private readonly view: ReturnType<typeof createRoot>;
  private readonly unsubscribe: () => void;
  private readonly ends = new AbortController();
  private readonly style: (css: string) => void;
  private newest: string | null = null;
  private unread = 0;
  private phase = '';
  /** The start of a chat that is under way: what the page asks for right after it waits for it. */
  private beginning = Promise.resolve();

  constructor(
    private readonly host: Host,
    private readonly config: Config,
    private readonly language: Language,
    private readonly chat: Chat,
  ) {
    this.style = styler(host.shadow, host.settings.text('nonce'));
    this.style(css);
    this.attention = new Attention(host.base);
    host.root.lang = language.tag;
    host.root.dir = language.direction;
    host.label(language.say('open'), language.say('close'));
    host.root.append(this.place);
    this.view = createRoot(this.place);
    this.unsubscribe = chat.subscribe(() => this.changed());
    document.addEventListener('visibilitychange', () => this.looked(), { signal: this.ends.signal });
    this.update();
  }

  show(open: boolean): void {
    if (open === this.open) return;
    this.open = open;
    this.looked();
    this.draw();
    if (!open) this.host.button.focus({ preventScroll: true });
  }

  start(details: Details): void {
    this.details = { ...this.details, ...saneDetails(details) };
    if (this.chat.state.phase === 'ended') this.chat.reset();
    const asked = this.config.look.form ?? [];
    const missing = asked.some((f) => f.required && known(f, this.told) === undefined);
    if (this.chat.state.phase === 'idle' && !missing && this.config.look.consent === null) this.beginning = this.begin('', {});
    else this.draw();
  }

  send(text: string): void {
    const { phase } = this.chat.state;
    if (text === '' || phase === 'ended') return;
    if (phase === 'open') this.chat.send(text);
    else this.unsaid.push(text);
  }

  end(): void {
    void this.beginning.then(() => this.chat.end());
  }

  update(): void {
    const { host } = this;
    const variables = { ...inks(host.accent, host.root.dataset['theme'] === 'dark'), ...this.custom().variables };
    for (const [name, value] of Object.entries(variables)) host.root.style.setProperty(name, value);
    const by = host.settings.get('customerDisplayName');
    if (by !== this.namedBy) {
      this.namedBy = by;
      void ask(host.settings, 'customerDisplayName').then((name) => {
        if (this.namedBy !== by || typeof name !== 'string') return;
        this.name = name;
        this.draw();
      });
    }
    this.draw();
  }

  destroy(): void {
    this.ends.abort();
    this.unsubscribe();
    this.attention.show(0);
    this.sound.close();
    this.view.unmount();
    this.place.remove();
    this.chat.close();
  }

  /** What need not be asked: what start was given, and the name. */
  private get told(): Details {
    return this.name === '' ? this.details : { name: this.name, ...this.details };
  }

  /** Starts a chat with what the form was told, what the page has said, and what only the page can sign. */
  private async begin(name: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    if (this.signing) return this.beginning; // the one that is under way
    const { settings } = this.host;
    this.signing = true;
    this.draw();
    const token = this.details.token ?? (await ask(settings, 'authenticate'));
    const { told } = this;
    const starting = this.chat.start({
      name: name || told.name || 'Customer',
      attributes: { ...texts(settings.get('contactAttributes')), ...told.attributes, ...attributes },
      ...(typeof token === 'string' && token !== '' ? { token } : {}),
    });
    this.signing = false;
    this.draw();
    await starting;
  }

  private changed(): void {
    const { state } = this.chat;
    if (state.phase !== this.phase) {
      if (state.phase === 'open') {
        const { token, ...details } = this.details; // which has been used, and would have expired for another chat
        this.details = details;
        for (const text of this.unsaid.splice(0)) this.chat.send(text);
        this.host.emit('start', { contactId: state.contact });
        const heard = this.host.settings.get('contactMetadataHandler');
        if (typeof heard === 'function') {
          try {
            heard({ contactId: state.contact });
          } catch (e) {
            reportError(e);
          }
        }
      }
      if (this.phase === 'open' && state.phase === 'ended') {
        this.host.emit('end', { contactId: state.contact });
        if (this.custom().skipOver) this.chat.reset();
      }
      this.phase = state.phase;
    }
    this.looked();
    if (state.unread !== this.unread) {
      this.unread = state.unread;
      this.host.badge(state.unread, this.language.say('unread', { n: state.unread }));
      this.attention.show(state.unread);
      this.host.emit('unread', state.unread);
    }
    this.tellNewest();
  }

  /** Sounds, and tells the page, once for each message that comes while the chat is open. */
  private tellNewest(): void {
    const { state } = this.chat;
    const last = state.items.findLast((i) => i.kind !== 'event');
    const known = this.newest;
    this.newest = last?.id ?? (state.phase === 'open' ? '' : null);
    if (known === null || last === undefined || last.id === known) return;
    const mine = whoOf(last, state.me) === 'me';
    this.host.emit('message', { text: summary(bodyOf(last)), name: last.author?.name ?? '', mine });
    if (!mine && this.sounds && (!this.open || document.visibilityState !== 'visible' || !document.hasFocus())) this.sound.play();
  }

  /** Tells the chat whether somebody can see it. */
  private looked(): void {
    const visible = this.open && document.visibilityState === 'visible';
    if (visible ? this.chat.state.unread > 0 || !this.seeing : this.seeing) {
      this.seeing = visible;
      this.chat.seen(visible);
    }
  }

  private seeing = false;

  private custom(): Custom {
    return customOf(this.host.settings);
  }

  private get sounds(): boolean {
    return this.config.look.sounds && remembered(`bellpull.widget.${this.host.id}.sounds`) !== 'off';
  }

  private setSounds(on: boolean): void {
    remember(`bellpull.widget.${this.host.id}.sounds`, on ? 'on' : 'off');
    if (on) this.sound.play();
    this.draw();
  }

  private draw(): void {
    if (this.ends.signal.aborted) return;
    const { host, language } = this;
    const session: Session = { chat: this.chat, config: this.config, custom: this.custom(), language, base: host.base, style: this.style };
    const behaviour = object(host.settings.get('customLaunchBehavior'));
    this.view.render(
      <SessionProvider value={session}>
        <Boundary words={language.say('broken')} again={language.say('retry')}>
          {!this.open && <Preview open={() => host.open()} />}
          <Panel
            open={this.open}
            alone={behaviour['alwaysHideWidgetButton'] === true || behaviour['skipIconButtonAndAutoLaunch'] === true}
            details={this.told}
            signing={this.signing}
            sounds={this.sounds}
            setSounds={(on) => this.setSounds(on)}
            submit={(name, attributes) => (this.beginning = this.begin(name, attributes))}
            close={() => host.close()}
          />
        </Boundary>
        <Announcer />
      </SessionProvider>,
    );
  }
}

/** The texts among what a page has said, and what reads as one. */
function texts(v: unknown): Readonly<Record<string, string>> {
  const said = Object.entries(object(v)).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(said.map(([key, value]) => [key, String(value)]));
}

/** What a page has given to start, as far as it is what it should be. */
function saneDetails(said: Details): Details {
  const { name, attributes, token } = object(said);
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(attributes === undefined ? {} : { attributes: texts(attributes) }),
    ...(typeof token === 'string' ? { token } : {}),
  };
}

/** Who the customer is to a widget whose chats go on: an id that this browser makes up and keeps. */
function customerOf(widget: string): string {
  const name = `bellpull.widget.${widget}.customer`;
  const known = remembered(name);
  if (known !== null) return known;
  const id = browserEnvironment().newId();
  remember(name, id);
  return id;
}

/** What could not be kept in the browser. */
const memory = new Map<string, string>();

function remembered(name: string): string | null {
  try {
    return memory.get(name) ?? localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
    memory.delete(name);
  } catch {
    memory.set(name, value); // storage may be forbidden or full
  }
}
