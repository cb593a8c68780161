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
  private readonly watch = new MutationObserver(() => this.place());
  private readonly listeners = new Map<string, Set<(detail: unknown) => void>>();
  private names: readonly [open: string, close: string] = ['', ''];
  private unread = '';
  private core: Promise<Core> | null = null;
  private isOpen = false;
  private drawn = false;
  private readonly ready: Promise<void>;
  private tellReady!: () => void;

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
    this.config = await this.ask();
    if (this.ends.signal.aborted) return;
    if (document.body === null) await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
    this.draw();
    this.tellReady();
    this.emit('ready');
    this.launch();
  }

  /** Asks a few times where the server is away for a moment. */
  private async ask(): Promise<unknown> {
    for (let pause = 2000; ; pause *= 3) {
      const response = await fetch(`${this.base}widget/${encodeURIComponent(this.id)}/config`, { credentials: 'omit' }).catch(() => null);
      const config: unknown = await response?.json().catch(() => null);
      if (response?.ok === true) return config;
      if (pause > 60_000 || Number(response?.status) < 429) throw new Error(String(object(config)['message'] ?? response?.status));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
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
    if (event === 'ready' && this.drawn) this.call(listener, undefined);
  }

  off(event: string, listener: (detail: unknown) => void): void {
    this.listeners.get(event)?.delete(listener);
  }

  emit(event: EventName, detail?: unknown): void {
    for (const listener of this.listeners.get(event) ?? []) this.call(listener, detail);
  }

  /** Calls a function of the page, whose faults stay its own. */
  private call<Said>(listener: (said: Said) => void, said: Said): void {
    try {
      listener(said);
    } catch (e) {
      reportError(e);
    }
  }

  destroy(): void {
    this.ends.abort();
    this.watch.disconnect();
    void this.core?.then((core) => core.destroy());
    this.host.remove();
  }

  /** The page has said something by amazon_connect. */
  changed(key?: string): void {
    if (!this.drawn) return;
    this.paint();
    this.refresh();
    if (key === 'customLaunchBehavior') this.behave();
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
    keep(() => sessionStorage[open ? 'setItem' : 'removeItem'](this.openKey, '1'));
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
    const { look } = this;
    const tag = [look['language'], document.documentElement.lang, ...navigator.languages].find((t) => labels[primary(t)] !== undefined);
    const open = labels[primary(tag)] ?? labels['en'] ?? '';
    this.names = [open, open];
    this.root.dir = /^(ar|he)$/.test(primary(tag)) ? 'rtl' : 'ltr';
    this.root.lang = String(tag ?? 'en');
    adopt(this.shadow, css, this.settings.text('nonce'));

    const { button } = this;
    Object.assign(button, { type: 'button', part: 'launcher', ariaHasPopup: 'dialog' });
    button.append(icon('speech', speech), icon('down', down));
    const label = String(look['launcherLabel'] ?? '');
    if (label !== '') button.append(Object.assign(element('span', 'label'), { textContent: label }));
    button.append(Object.assign(this.count, { part: 'badge', hidden: true }));
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
    this.watch.observe(document.documentElement, { childList: true });
    this.place();
  }

  /** Puts the widget on the page: again when the page has put another body in place of its own, or emptied it. */
  private place(): void {
    const { body } = document;
    if (body === null || this.host.isConnected) return;
    body.append(this.host);
    this.watch.observe(body, { childList: true });
  }

  /** Colours and places, by what the server and the page have said. */
  private paint(): void {
    const { look } = this;
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
    const hide = object(this.look['hide']);
    const behaviour = this.settings.object('customLaunchBehavior');
    this.button.hidden =
      matches(location.pathname, Array.isArray(hide['paths']) ? hide['paths'] : []) ||
      (hide['mobile'] === true && matchMedia('(max-width: 480px)').matches) ||
      behaviour['alwaysHideWidgetButton'] === true ||
      (behaviour['skipIconButtonAndAutoLaunch'] === true && this.isOpen);
  }

  /** What opens without a click: the page's wish, its address, or that it was open before a reload. */
  private launch(): void {
    this.behave();
    if (asksForChat(location) || keep(() => sessionStorage.getItem(this.openKey)) === '1') this.open();
    else if (goingOn(this.id)) this.tell(() => undefined);
  }

  private behave(): void {
    const { programmaticLaunch, skipIconButtonAndAutoLaunch } = this.settings.object('customLaunchBehavior');
    if (typeof programmaticLaunch === 'function') this.call(programmaticLaunch as (open: () => void) => void, () => this.open());
    if (skipIconButtonAndAutoLaunch === true) this.open();
  }

  private moved(): void {
    this.refresh();
    if (location.hash === '#chat') this.open();
  }

  private get look(): Readonly<Record<string, unknown>> {
    return object(object(this.config)['look']);
  }

  /** Where a tab remembers that its chat is open. */
  private get openKey(): string {
    return `bellpull.widget.${this.id}.open`;
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

function icon(name: string, path: string): SVGElement {
  const image = svg('svg', { viewBox: '0 0 24 24', class: name, 'aria-hidden': 'true' });
  image.append(svg('path', { d: path }));
  return image;
}

function svg(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const el = document.createElementNS('http://www.w3.org/2000/svg', name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
  return el;
}

/** Whether the engine has kept a chat, which the core then goes on with. */
function goingOn(id: string): boolean {
  const name = `bellpull.${id}.chat`;
  return (keep(() => localStorage.getItem(name)) ?? keep(() => sessionStorage.getItem(name))) !== null;
}

/** Storage may be forbidden; then nothing is remembered. */
function keep<T>(what: () => T): T | null {
  try {
    return what();
  } catch {
    return null;
  }
}
