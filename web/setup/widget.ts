/** A widget as administrators keep it. Parts of its look that this page does not show stay as they are. */

import { list, record, text } from '../chat/item';
import { contrast, css, parseColour, readable } from '../widget/colour';
import { newId } from './place';

type Fields = Readonly<Record<string, unknown>>;

export type Look = Readonly<{
  title: string;
  welcome: string;
  accent: string;
  theme: 'auto' | 'light' | 'dark';
  position: 'right' | 'left';
  language: string;
  logo: string;
}>;

export type Widget = Readonly<{
  id: string;
  name: string;
  flowId: string;
  origins: readonly string[];
  /** The first is the one to use; while they are changed there are two. */
  secrets: readonly string[];
  signed: boolean;
  look: Look;
  /** The whole of it, as the server has it. */
  wire: Fields;
}>;

export type Flow = Readonly<{ id: string; name: string; isDefault: boolean }>;

export const plainAccent = '#14655c';

/** What a new widget begins with: it could be used as it is. */
export function newWidget(): Widget {
  return parseWidget({
    id: newId,
    name: 'Website',
    persistent: true,
    contentTypes: ['text/markdown', 'application/vnd.amazonaws.connect.message.interactive', 'application/vnd.amazonaws.connect.message.interactive.response'],
    look: { title: 'How can we help?', welcome: 'Ask us anything. A person answers.', colors: { accent: plainAccent } },
  });
}

export function parseWidget(value: unknown): Widget {
  const o = record(value);
  const look = record(o['look']);
  const theme = look['theme'];
  return {
    id: text(o['id']),
    name: text(o['name']),
    flowId: text(o['flowId']),
    origins: list(o['origins']).map(text),
    secrets: list(o['secrets']).map(text),
    signed: o['signed'] === true,
    look: {
      title: text(look['title']),
      welcome: text(look['welcome']),
      accent: text(record(look['colors'])['accent']) || plainAccent,
      theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
      position: look['position'] === 'left' ? 'left' : 'right',
      language: text(look['language']) || 'auto',
      logo: text(look['logo']),
    },
    wire: o,
  };
}

export function parseFlow(value: unknown): Flow {
  const o = record(value);
  return { id: text(o['id']), name: text(o['name']), isDefault: o['default'] === true };
}

/** The look as the server keeps it, and as the widget is told it. */
export function lookOf(w: Widget): Fields {
  const before = record(w.wire['look']);
  const { accent, logo, ...look } = w.look;
  const { logo: _, ...rest } = before;
  return { ...rest, ...look, colors: { ...record(before['colors']), accent }, ...(logo === '' ? {} : { logo }) };
}

/** What is put. */
export function wireOf(w: Widget): Fields {
  const { secrets: _, id: __, ...rest } = w.wire;
  return {
    ...rest,
    ...(w.id === newId ? {} : { id: w.id }),
    name: w.name.trim(), flowId: w.flowId, origins: w.origins, signed: w.signed, look: lookOf(w),
  };
}

/** What GET /widget/ID/config would answer, for the preview. */
export function previewOf(w: Widget): Fields {
  return { id: 'preview', name: w.name, signed: false, persistent: false, contentTypes: ['text/plain', 'text/markdown'], open: true, opensAt: null, replyTime: text(w.wire['replyTime']), challenge: false, attachments: { enabled: false, maxBytes: 0, types: [] }, look: lookOf(w) };
}

/** What is wrong with a colour, and the nearest one that can be read; null when it is fine. */
export function accentAdvice(accent: string): Readonly<{ says: string; instead: string | null }> | null {
  const colour = parseColour(accent);
  if (colour === null || !accent.startsWith('#')) return { says: 'A colour looks like #14655c.', instead: null };
  const ratio = contrast(colour, [255, 255, 255]);
  if (ratio >= 4.5) return null;
  const instead = css(readable(colour, [255, 255, 255], 4.5));
  return { says: `White words on it are hard to read: ${ratio.toFixed(1)} to 1, where 4.5 is needed. The widget writes in dark there.`, instead };
}

/** How well white reads on it, in words. */
export function accentPraise(accent: string): string {
  const colour = parseColour(accent);
  return colour === null ? '' : `White words on it read well: ${contrast(colour, [255, 255, 255]).toFixed(1)} to 1.`;
}

/** Origins as people write them, one a line: whole addresses are cut, and a host alone means https. */
export function readOrigins(lines: string): readonly string[] {
  const all = lines
    .split(/[\s,]+/)
    .filter((line) => line !== '')
    .map((line) => {
      if (line === '*') return line;
      const address = /^[a-z]+:\/\//i.test(line) ? line : `https://${line}`;
      const parts = /^(https?):\/\/([^/?#]+)/i.exec(address);
      return parts === null ? line : `${parts[1]}://${parts[2]}`.toLowerCase();
    });
  return [...new Set(all)];
}

/** Which of them is no origin, if any. */
export function wrongOrigin(origins: readonly string[]): string | null {
  return origins.find((o) => o !== '*' && !/^https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/.test(o)) ?? null;
}

/** A logo may take so much of a look, as a data: URL. */
export const mostLogo = 40_000;

/** What a site pastes into its pages. */
export function snippet(base: string, w: Widget): string {
  const script = `<script src="${base}/widget.js" data-widget="${w.id}" async></script>`;
  if (!w.signed) return script;
  return `<script>
  window.amazon_connect = window.amazon_connect || function () {
    (amazon_connect.ac = amazon_connect.ac || []).push(arguments);
  };
  // /chat-token is a path of your server that answers with the token alone.
  amazon_connect('authenticate', function (tell) {
    fetch('/chat-token').then((r) => r.text()).then(tell);
  });
</script>
${script}`;
}
