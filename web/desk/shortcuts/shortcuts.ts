/** What can be done by a key, and by which. Nothing here uses Alt or AltGr, which screen readers and keyboards need themselves. */

export const commands = {
  accept: { label: 'Accept the offer that rings longest', key: 'F8' },
  decline: { label: 'Decline it', key: 'F9' },
  next: { label: 'Next chat', key: 'Ctrl+ArrowDown' },
  previous: { label: 'Previous chat', key: 'Ctrl+ArrowUp' },
  waiting: { label: 'Chat whose customer waits longest', key: 'n' },
  compose: { label: 'Write a message', key: 'c' },
  transfer: { label: 'Transfer the chat', key: 't' },
  colleague: { label: 'Add a colleague', key: 'a' },
  end: { label: 'End the chat', key: 'e' },
  close: { label: 'Close the contact', key: 'x' },
  customer: { label: 'Customer details', key: 'd' },
  columns: { label: 'Chats side by side, or one', key: 'v' },
  status: { label: 'Choose a status', key: 's' },
  available: { label: 'Become available', key: 'Ctrl+Shift+V' },
  history: { label: 'Search past chats', key: 'h' },
  chats: { label: 'Back to the chats', key: 'b' },
  palette: { label: 'All commands', key: 'Ctrl+K' },
  sheet: { label: 'These shortcuts', key: '?' },
  settings: { label: 'Settings', key: ',' },
} as const;

export type Command = keyof typeof commands;

export const commandNames = Object.keys(commands) as readonly Command[];

/** The key of each command, with those that the agent has changed; '' is none. */
export function keysOf(changed: Readonly<Record<string, string>>): Readonly<Record<Command, string>> {
  return Object.fromEntries(commandNames.map((c) => [c, changed[c] ?? commands[c].key])) as Record<Command, string>;
}

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'> & { getModifierState?(key: string): boolean };

/**
 * Names what was pressed, by what it means on this keyboard: "?", "F8",
 * "Ctrl+Shift+V". The command key of a Mac counts as Ctrl. Null for modifiers
 * alone and for whatever has Alt in it.
 */
export function keyName(e: Pressed): string | null {
  if (e.altKey || e.getModifierState?.('AltGraph') === true) return null;
  if (['Control', 'Shift', 'Meta', 'Alt', 'AltGraph', 'Dead', 'Process', 'Unidentified', 'CapsLock', 'Tab', 'Escape'].includes(e.key)) return null;
  const ctrl = e.ctrlKey || e.metaKey;
  const character = [...e.key].length === 1;
  const key = e.key === ' ' ? 'Space' : character && ctrl ? e.key.toUpperCase() : e.key;
  const shift = e.shiftKey && (ctrl || !character); // a shifted character is a character of its own
  return `${ctrl ? 'Ctrl+' : ''}${shift ? 'Shift+' : ''}${key}`;
}

/** Reports whether a key may be used while a field has the focus: a plain character belongs to the field. */
export function worksInFields(key: string): boolean {
  return key.startsWith('Ctrl+') || /^(Shift\+)?F\d+$/.test(key);
}

/** The command that a key stands for, or null. */
export function commandOf(key: string, keys: Readonly<Record<Command, string>>, inField: boolean): Command | null {
  if (inField && !worksInFields(key)) return null;
  return commandNames.find((c) => keys[c] === key) ?? null;
}

/** The number of the chat that Ctrl and a digit stand for, from 0; null for other keys. */
export function chatOf(key: string): number | null {
  const digit = /^Ctrl\+([1-9])$/.exec(key)?.[1];
  return digit === undefined ? null : Number(digit) - 1;
}

/** The commands that share their key with another. */
export function clashes(keys: Readonly<Record<Command, string>>): readonly Command[] {
  return commandNames.filter((c) => keys[c] !== '' && commandNames.some((o) => o !== c && keys[o] === keys[c]));
}

/** A key as it is printed on a keyboard. */
export function printed(key: string): string {
  return key.replace('ArrowDown', '↓').replace('ArrowUp', '↑').replace('ArrowLeft', '←').replace('ArrowRight', '→').replace(/^[a-z]$/, (letter) => letter.toUpperCase());
}
