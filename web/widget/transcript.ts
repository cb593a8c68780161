/** The conversation as a file or on paper, made here from what is shown. */

import type { ChatState } from '../chat/customer/state';
import { bodyOf, rowsOf, summary, whoOf } from './conversation/rows';
import { nameOf, type Session } from './session';

type Line = Readonly<{ at: number; name: string; words: string }>;

/** What was said and what happened, a line each. An empty name is an event. */
export function linesOf(state: ChatState, session: Pick<Session, 'custom' | 'language'>): readonly Line[] {
  const events = new Map(rowsOf(state, null).flatMap((r) => (r.kind === 'event' ? [[r.key, session.language.say(r.say, { name: r.name })]] : [])));
  return state.items.flatMap((item): Line[] => {
    const at = Date.parse(item.at);
    if (item.kind === 'event') {
      const words = events.get(item.id);
      return words === undefined ? [] : [{ at, name: '', words }];
    }
    const words = summary(bodyOf(item));
    return words === '' ? [] : [{ at, name: nameOf(session, whoOf(item, state.me), item.author?.name ?? ''), words }];
  });
}

export function textOf(lines: readonly Line[], session: Pick<Session, 'language'>): string {
  const { language } = session;
  const said = lines.map((l) => `[${language.full(l.at)}] ${l.name === '' ? `– ${l.words} –` : `${l.name}: ${l.words}`}`);
  return [language.say('transcript'), '', ...said, ''].join('\n');
}

const style = 'body{font:15px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#191c21}h1{font-size:1.3rem}dt{margin-top:1rem;font-weight:600}time{color:#5a616c;font-weight:400;font-size:.85em}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}.event{color:#5a616c;font-weight:400}';

/** The transcript as a document of its own, made by the DOM and so with nothing to escape. */
export function documentOf(lines: readonly Line[], session: Pick<Session, 'language'>, into: Document): void {
  const { language } = session;
  const el = (name: string, words: string, className = '') => Object.assign(into.createElement(name), { textContent: words, className, dir: 'auto' });
  into.documentElement.lang = language.tag;
  into.documentElement.dir = language.direction;
  into.title = language.say('transcript');
  const list = into.createElement('dl');
  for (const line of lines) {
    const term = el('dt', line.name === '' ? `${line.words} ` : `${line.name} `, line.name === '' ? 'event' : '');
    term.append(el('time', language.full(line.at)));
    list.append(term);
    if (line.name !== '') list.append(el('dd', line.words));
  }
  into.body.replaceChildren(el('h1', language.say('transcript')), list);
}

export function save(kind: 'txt' | 'html', state: ChatState, session: Session): void {
  const lines = linesOf(state, session);
  let content = textOf(lines, session);
  if (kind === 'html') {
    const page = document.implementation.createHTMLDocument();
    documentOf(lines, session, page);
    page.head.append(Object.assign(page.createElement('meta'), { httpEquiv: 'Content-Type', content: 'text/html; charset=utf-8' }));
    const sheet = page.createElement('style');
    sheet.textContent = style;
    page.head.append(sheet);
    content = `<!doctype html>\n${page.documentElement.outerHTML}`;
  }
  const url = URL.createObjectURL(new Blob([content], { type: kind === 'txt' ? 'text/plain;charset=utf-8' : 'text/html;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `chat-${new Date().toISOString().slice(0, 10)}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Prints the conversation and not the page around it, by a frame of its own. */
export function print(state: ChatState, session: Session): void {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  document.body.append(frame);
  const [world, page] = [frame.contentWindow as (Window & typeof globalThis) | null, frame.contentDocument];
  if (world === null || page === null) return frame.remove();
  documentOf(linesOf(state, session), session, page);
  const sheet = new world.CSSStyleSheet();
  sheet.replaceSync(style);
  page.adoptedStyleSheets = [sheet];
  world.addEventListener('afterprint', () => frame.remove());
  world.print();
}
