import { css as colour, fill } from '../colour';
import { asksForChat, matches } from './hide';
import type { Core, Details, EventName, Host } from './host';
import { labels } from './labels';
import css from './launcher.css?inline';
import { object, type Settings } from './settings';
import { adopt } from './sheet';

/** Where the core is, below the server's address; the build knows. */
declare const __CORE__: string;

/** Chromium's Navigation API, which tells of a page's own moves without touching its history functions. */
type Navigation = EventTarget;

const speech = 'M12 4c5 0 9 3.4 9 7.7s-4 7.7-9 7.7c-.9 0-1.8-.1-2.6-.3L4.6 20.5l1-3.7C4 15.4 3 13.6 3 11.7 3 7.4 7 4 12 4Z';
const down = 'm6 9.5 6 6 6-6';

/** The button on the page, and all that is there before the core is. */
export class Launcher implements Host {
  config: unknown = null;
  accent = '';
  readonly shadow: ShadowRoot;
  readonly root = element('div', 'root');
  readonly button = element('button', 'launcher');

  private readonly host = document.createElement('bellpull-widget');
  private readonly count = element('span', 'badge');
  private readonly ends = new AbortController();
  private readonly listeners = new Map<string, Set<(detail: unknown) => void>>();
  private names: readonly [open: string, close: string] = ['', ''];
  private unread = '';
  private core: Promise<Core> | null = null;
  private isOpen = false;
  private drawn = false;
  private readonly ready: Promise<void>;
  private tellReady: () => void = () => undefined;

  constructor(
    readonly base: string,
    readonly id: string,
    readonly settings: Settings,
  ) {
    this.shadow = this.host.attachShadow({ mode: 'open' });
    this.ready = new Promise((resolve) => (this.tellReady = resolve));
  }

  /** Asks the server how the widget is to be, and draws it. */
  async begin(): Promise<void> {
    const response = await fetch(`${this.base}widget/${encodeURIComponent(this.id)}/config`, { credentials: 'omit' });
    const config: unknown = await response.json().catch(() => null);
    if (!response.ok) throw new Error(String(object(config)['message'] ?? response.status));
    if (this.ends.signal.aborted) return;
    this.config = config;
    if (document.body === null) await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
    this.draw();
    this.tellReady();
    this.emit('ready');
    this.launch();
  }

  open(): void {
    this.set(true);
  }

  close(): void {
    this.set(false);
  }

  toggle(): void {
    this.set(!this.isOpen);
  }

  start(details: Details = {}): void {
    this.open();
    this.tell((core) => core.start(details));
  }

  send(text: string): void {
    this.tell((core) => core.send(String(text)));
  }

  end(): void {
    this.tell((core) => core.end());
  }

  on(event: string, listener: (detail: unknown) => void): void {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all.add(listener));
  }

  off(event: string, listener: (detail: unknown) => void): void {
    this.listeners.get(event)?.delete(listener);
  }

  emit(event: EventName, detail?: unknown): void {
    for (const listener of this.listeners.get(event) ?? []) {
      try {
        listener(detail);
      } catch (e) {
        reportError(e); // the page's own fault stays the page's
      }
    }
  }

  destroy(): void {
    this.ends.abort();
    void this.core?.then((core) => core.destroy());
    this.host.remove();
  }

  /** The page has said something by amazon_connect. */
  changed(): void {
    if (!this.drawn) return;
    this.paint();
    void this.core?.then((core) => core.update());
  }

  label(open: string, close: string): void {
    this.names = [open, close];
    this.refresh();
  }

  badge(count: number, label: string): void {
    this.count.hidden = count === 0;
    this.count.textContent = count > 99 ? '99+' : String(count);
    this.unread = count === 0 ? '' : label;
    this.refresh();
  }

  private set(open: boolean): void {
    if (open === this.isOpen) return;
    this.isOpen = open;
    keep(() => (open ? sessionStorage.setItem(this.key('open'), '1') : sessionStorage.removeItem(this.key('open'))));
    this.refresh();
    this.tell((core) => core.show(this.isOpen));
    this.emit(open ? 'open' : 'close');
  }

  /** Does something with the core as soon as both the launcher and it are there. */
  private tell(what: (core: Core) => void): void {
    void this.ready.then(() => {
      this.button.ariaBusy = 'true';
      this.load().then(what, (e: unknown) => {
        console.warn('Bellpull: the chat could not be loaded.', e);
        this.close();
      }).finally(() => (this.button.ariaBusy = null));
    });
  }

  private load(): Promise<Core> {
    this.core ??= import(/* @vite-ignore */ new URL(__CORE__, this.base).href)
      .then((module: { begin(host: Host): Promise<Core> }) => module.begin(this))
      .catch((e: unknown) => {
        this.core = null; // the network may be better next time
        throw e;
      });
    return this.core;
  }

  private draw(): void {
    const look = object(object(this.config)['look']);
    const tag = [look['language'], document.documentElement.lang, ...navigator.languages].find((t) => labels[primary(t)] !== undefined);
    const open = labels[primary(tag)] ?? labels['en'] ?? '';
    this.names = [open, open];
    this.root.dir = /^(ar|he)$/.test(primary(tag)) ? 'rtl' : 'ltr';
    this.root.lang = String(tag ?? 'en');
    adopt(this.shadow, css, this.settings.text('nonce'));

    const { button } = this;
    button.type = 'button';
    button.setAttribute('part', 'launcher');
    button.setAttribute('aria-haspopup', 'dialog');
    button.append(icon('speech', speech), icon('down', down));
    const label = String(look['launcherLabel'] ?? '');
    if (label !== '') button.append(Object.assign(element('span', 'label'), { textContent: label }));
    this.count.hidden = true;
    this.count.setAttribute('part', 'badge');
    button.append(this.count);
    const { signal } = this.ends;
    button.addEventListener('click', () => this.toggle(), { signal });
    for (const sign of ['pointerenter', 'focus']) button.addEventListener(sign, () => void this.load().catch(() => undefined), { signal, once: true });

    this.root.append(button);
    this.shadow.append(this.root);
    this.drawn = true;
    this.paint();
    this.refresh();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.changed(), { signal });
    matchMedia('(max-width: 480px)').addEventListener('change', () => this.refresh(), { signal });
    for (const move of ['popstate', 'hashchange']) addEventListener(move, () => this.moved(), { signal });
    (globalThis as { navigation?: Navigation }).navigation?.addEventListener('navigatesuccess', () => this.refresh(), { signal });
    document.body.append(this.host);
  }

  /** Colours and places, by what the server and the page have said. */
  private paint(): void {
    const look = object(object(this.config)['look']);
    const colours = object(look['colors']);
    const theirs = object(this.settings.object('styles')['openChat']);
    const dark = look['theme'] === 'dark' || (look['theme'] !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
    this.root.dataset['theme'] = dark ? 'dark' : 'light';
    this.root.dataset['side'] = look['position'] === 'left' ? 'left' : 'right';
    const set = (name: string, value: unknown) => value !== undefined && value !== '' && this.root.style.setProperty(name, String(value));
    this.accent = words(theirs['backgroundColor'] ?? colours['accent']);
    const { accent, text } = fill(this.accent, words(theirs['color'] ?? colours['accentText']), dark);
    set('--accent', colour(accent));
    set('--on-accent', colour(text));
    set('--font', look['font']);
    const offset = object(look['offset']);
    for (const axis of ['x', 'y']) if (Number.isFinite(offset[axis])) set(`--${axis}`, `${Number(offset[axis])}px`);
    if (Number.isFinite(look['radius'])) set('--radius', `${Number(look['radius'])}px`);
  }

  /** The button as it is now. */
  private refresh(): void {
    const [open, close] = this.names;
    const words = this.button.querySelector('.label')?.textContent ?? '';
    const name = this.isOpen ? close : words === '' ? open : words;
    this.button.ariaLabel = this.unread === '' || this.isOpen ? name : `${name}, ${this.unread}`;
    this.button.ariaExpanded = String(this.isOpen);
    this.root.toggleAttribute('data-open', this.isOpen);
    const hide = object(object(object(this.config)['look'])['hide']);
    const behaviour = this.settings.object('customLaunchBehavior');
    this.button.hidden =
      matches(location.pathname, Array.isArray(hide['paths']) ? hide['paths'] : []) ||
      (hide['mobile'] === true && matchMedia('(max-width: 480px)').matches) ||
      behaviour['alwaysHideWidgetButton'] === true ||
      (behaviour['skipIconButtonAndAutoLaunch'] === true && this.isOpen);
  }

  /** What opens without a click: the page's wish, its address, or that it was open before a reload. */
  private launch(): void {
    const behaviour = this.settings.object('customLaunchBehavior');
    const launchers = behaviour['programmaticLaunch'];
    if (typeof launchers === 'function') {
      try {
        launchers(() => this.open());
      } catch (e) {
        reportError(e);
      }
    }
    if (behaviour['skipIconButtonAndAutoLaunch'] === true || asksForChat(location) || keep(() => sessionStorage.getItem(this.key('open'))) === '1') this.open();
    else if (goingOn(this.id)) this.tell(() => undefined);
  }

  private moved(): void {
    this.refresh();
    if (location.hash === '#chat') this.open();
  }

  private key(name: string): string {
    return `bellpull.widget.${this.id}.${name}`;
  }
}

function words(v: unknown): string {
  return typeof v === 'string' ? v : '';
}

function primary(tag: unknown): string {
  return typeof tag === 'string' ? (tag.toLowerCase().split('-')[0] ?? '') : '';
}

function element<Name extends 'div' | 'button' | 'span'>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  return Object.assign(document.createElement(name), { className });
}

function icon(className: string, path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** Whether the engine has kept a chat, which the core then goes on with. */
function goingOn(id: string): boolean {
  const name = `bellpull.${id}.chat`;
  return [() => localStorage, () => sessionStorage].some((place) => (keep(() => place().getItem(name)) ?? null) !== null);
}

/** Storage may be forbidden; then nothing is remembered. */
function keep<T>(what: () => T): T | null {
  try {
    return what();
  } catch {
    return null;
  }
}
