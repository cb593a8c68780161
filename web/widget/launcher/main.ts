/**
 * The script that a site puts on its pages, by our snippet
 * (`<script src="…/widget.js" data-widget="ID" async>`) or by the hosted
 * widget's, which names the widget by the script's id. It takes two names in
 * the page's global scope, amazon_connect and Bellpull, and no more.
 */

import { Launcher } from './launcher';
import { Settings, takeQueue } from './settings';

/** What a page can do with the chat. */
const actions = ['open', 'close', 'toggle', 'start', 'send', 'end', 'on', 'off'] as const;

type Page = { amazon_connect?: unknown; Bellpull?: unknown };

function begin(script: HTMLScriptElement, page: Page): void {
  let launcher: Launcher | null = null; // the queue is taken before there is one
  const settings = new Settings((key) => launcher?.changed(key));
  const queue = takeQueue(page.amazon_connect, settings);
  const id = script.dataset['widget'] ?? script.id;
  if (id === '') return console.warn('Bellpull: the script does not say whose it is: data-widget.');
  const chat = new Launcher(baseOf(script.src), id, settings);
  launcher = chat;
  page.amazon_connect = queue;
  page.Bellpull = {
    ...Object.fromEntries(actions.map((name) => [name, chat[name].bind(chat)])),
    destroy() {
      chat.destroy();
      delete page.Bellpull;
      delete page.amazon_connect;
    },
  };
  chat.begin().catch((e: unknown) => console.warn('Bellpull: the chat is not available here.', e));
}

/** The server's address, from its script's: ours, or the hosted widget's at the path that it has there. */
function baseOf(src: string): string {
  return new URL(src.replace(/(?:connectwidget\/static\/)?[^/]+\.js(?:[?#].*)?$/, '')).href;
}

const script = document.currentScript ?? document.querySelector('script[data-widget]');
const page = window as Page;
// A page that loads the script twice has one chat still.
if (script instanceof HTMLScriptElement && page.Bellpull === undefined) begin(script, page);
