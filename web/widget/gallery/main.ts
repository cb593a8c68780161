/**
 * Every state of the widget side by side, drawn by the real core from chats
 * that are made up: to look at, to test, and to make pictures of.
 * ?state=NAME shows one alone; theme, lang and accent change how.
 */

import { parseConfig } from '../config';
import { FakeChat } from '../conversation/fake';
import { Window } from '../core';
import { css, fill } from '../colour';
import launcherCss from '../launcher/launcher.css?inline';
import type { Host } from '../launcher/host';
import { Settings } from '../launcher/settings';
import { adopt } from '../launcher/sheet';
import form from '../../../internal/directory/views/form.json';
import { loadLanguage } from '../words/language';
import { scenes, type Scene } from './states';

const wanted = new URLSearchParams(location.search);
const theme = wanted.get('theme') ?? 'light';
const tag = wanted.get('lang') ?? 'en-GB';
const accent = wanted.get('accent') ?? '';

async function show(name: string, scene: Scene, into: HTMLElement): Promise<void> {
  const host = document.createElement('bellpull-widget');
  const shadow = host.attachShadow({ mode: 'open' });
  const root = Object.assign(document.createElement('div'), { className: 'root' });
  root.dataset['theme'] = theme;
  root.dataset['side'] = wanted.get('side') ?? 'right';
  const filled = fill(accent, '', theme === 'dark');
  root.style.setProperty('--accent', css(filled.accent));
  root.style.setProperty('--on-accent', css(filled.text));
  if (wanted.has('radius')) root.style.setProperty('--radius', `${wanted.get('radius')}px`);
  adopt(shadow, launcherCss, '');
  shadow.append(root);
  into.append(host);

  const chat = new FakeChat({ ...scene.state, ...scene.before, ...(scene.before === undefined ? {} : { phase: 'open' }) });
  chat.view = async (token) => (token === 'form' ? form.Template : null);
  const settings = new Settings();
  settings.set('customLaunchBehavior', { alwaysHideWidgetButton: scene.closed !== true });
  const config = { id: name, replyTime: 'We usually answer within five minutes', attachments: { enabled: true, maxBytes: 20_000_000, types: ['image/png', 'application/pdf'] }, contentTypes: [], ...scene.config };
  const gallery: Host = {
    base: `${location.origin}/`,
    id: name,
    config,
    settings,
    accent,
    shadow,
    root,
    button: document.createElement('button'),
    open: () => core.show(true),
    close: () => core.show(false),
    label: () => undefined,
    badge: () => undefined,
    emit: () => undefined,
  };
  const core = new Window(gallery, parseConfig(config, gallery.base), await loadLanguage(tag, {}), chat);
  if (scene.before !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  if (scene.closed !== true) core.show(true);
  if (scene.before !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    chat.set(scene.state);
  }
  Object.assign(globalThis, { chat, core });
}

// With the parts there that are fetched when needed, what is drawn is drawn at once.
await Promise.all([import('../markdown'), import('../interactive/interactive'), import('../parts/home')]);
document.body.classList.toggle('dark', theme === 'dark');
document.documentElement.lang = tag;
const main = document.querySelector('main') ?? document.body;
const only = wanted.get('state');
if (only !== null) {
  const scene = scenes[only];
  if (scene !== undefined) await show(only, scene, main);
} else {
  main.classList.add('all');
  for (const [name, scene] of Object.entries(scenes)) {
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    const link = Object.assign(document.createElement('a'), { href: `?state=${name}&${wanted}`, textContent: name });
    caption.append(link);
    const stand = Object.assign(document.createElement('div'), { className: 'stand' });
    figure.append(caption, stand);
    main.append(figure);
    await show(name, scene, stand);
  }
}
for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame);
document.body.dataset['ready'] = '';
