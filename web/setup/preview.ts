/**
 * The real widget with a look that nobody has saved yet: the page around this
 * frame says what the server would say of it, and no chat starts here.
 */

import { record } from '../chat/item';
import { addWidget } from './widget-script';

type Widget = Readonly<{ open(): void; destroy(): void }>;

let config: unknown = null;
let script: HTMLScriptElement | null = null;
const fromServer = window.fetch.bind(window);

window.fetch = (input, init) => {
  const { pathname } = new URL(input instanceof Request ? input.url : input, location.href);
  if (pathname === '/widget/preview/config') return Promise.resolve(Response.json(config));
  if (pathname.startsWith('/widget/preview/')) return Promise.resolve(Response.json({ __type: 'AccessDeniedException', message: 'This is a preview.' }, { status: 403 }));
  return fromServer(input, init);
};

// By its scripts an inert frame can take the focus all the same, from who writes beside it, and put steps into the
// history of the page around it, as the widget does where it is a sheet.
HTMLElement.prototype.focus = () => undefined;
history.pushState = () => undefined;

function show(open: boolean): void {
  const page = window as { Bellpull?: Widget };
  page.Bellpull?.destroy();
  sessionStorage.clear(); // where the widget keeps whether it was open
  script?.remove();
  script = addWidget('preview');
  script.addEventListener('load', () => open && page.Bellpull?.open());
}

window.addEventListener('message', (e) => {
  if (e.origin !== location.origin || e.source !== parent) return;
  const said = record(e.data);
  config = said['config'];
  document.documentElement.lang = 'en';
  const theme = record(record(config)['look'])['theme'];
  document.documentElement.dataset['theme'] = theme === 'dark' || theme === 'light' ? theme : said['dark'] === true ? 'dark' : 'light';
  show(said['open'] === true);
});
parent.postMessage('ready', location.origin);
