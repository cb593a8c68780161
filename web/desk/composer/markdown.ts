/** A text and what is selected in it. */
export type Selected = Readonly<{ text: string; from: number; to: number }>;

/** Puts marks around what is selected, or takes them away where they are. */
export function wrap({ text, from, to }: Selected, mark: string): Selected {
  const n = mark.length;
  if (text.slice(from - n, from) === mark && text.slice(to, to + n) === mark) {
    return { text: text.slice(0, from - n) + text.slice(from, to) + text.slice(to + n), from: from - n, to: to - n };
  }
  return { text: text.slice(0, from) + mark + text.slice(from, to) + mark + text.slice(to), from: from + n, to: to + n };
}

/** Makes each line of the selection an entry of a list, or plain again. */
export function listed({ text, from, to }: Selected, numbered: boolean): Selected {
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const next = text.indexOf('\n', to);
  const end = next < 0 ? text.length : next;
  const lines = text.slice(start, end).split('\n');
  const marked = numbered ? /^\d+\. / : /^- /;
  const all = lines.every((l) => marked.test(l));
  const changed = lines.map((l, i) => (all ? l.replace(marked, '') : `${numbered ? `${i + 1}. ` : '- '}${l.replace(/^(- |\d+\. )/, '')}`)).join('\n');
  return { text: text.slice(0, start) + changed + text.slice(end), from: start + changed.length, to: start + changed.length };
}

/** Makes the selection a link, with the address selected to be typed over. */
export function linked({ text, from, to }: Selected): Selected {
  const words = text.slice(from, to) || 'link';
  const address = 'https://';
  const at = from + words.length + 3;
  return { text: `${text.slice(0, from)}[${words}](${address})${text.slice(to)}`, from: at, to: at + address.length };
}

/** Reports whether a text says something by its markdown, so that it has to be sent as such. */
export function marksUp(text: string): boolean {
  return /(\*\*|__)\S|(^|\s)[*_]\S[^*_\n]*[*_]|`[^`]+`|\[[^\]]+\]\([^)]+\)|^(- |\* |\d+\. |> )/m.test(text);
}
