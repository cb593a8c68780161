import { expect, test } from 'vitest';
import { chatOf, clashes, commandOf, keyName, keysOf, printed } from './shortcuts';

const press = (key: string, ...held: ('ctrl' | 'shift' | 'alt' | 'meta' | 'AltGraph')[]) =>
  keyName({
    key,
    ctrlKey: held.includes('ctrl'),
    shiftKey: held.includes('shift'),
    altKey: held.includes('alt'),
    metaKey: held.includes('meta'),
    getModifierState: (k) => held.includes(k as 'AltGraph'),
  });

test('a key is what it means, wherever it lies', () => {
  expect(press('?', 'shift')).toBe('?');
  expect(press('k', 'ctrl')).toBe('Ctrl+K');
  expect(press('k', 'meta')).toBe('Ctrl+K');
  expect(press('V', 'ctrl', 'shift')).toBe('Ctrl+Shift+V');
  expect(press('F8')).toBe('F8');
  expect(press('F8', 'shift')).toBe('Shift+F8');
});

test('what keyboards and screen readers need is no shortcut', () => {
  expect([press('e', 'alt'), press('@', 'AltGraph'), press('q', 'ctrl', 'alt'), press('Control', 'ctrl'), press('Dead'), press('Tab')]).toEqual([null, null, null, null, null, null]);
});

test('while a field has the focus characters belong to it', () => {
  const keys = keysOf({});
  expect(commandOf('t', keys, false)).toBe('transfer');
  expect(commandOf('t', keys, true)).toBe(null);
  expect(commandOf('F8', keys, true)).toBe('accept');
  expect(commandOf('Ctrl+K', keys, true)).toBe('palette');
});

test('keys can be changed and taken away', () => {
  const keys = keysOf({ transfer: 'F2', end: '' });
  expect(commandOf('F2', keys, true)).toBe('transfer');
  expect([commandOf('t', keys, false), commandOf('e', keys, false)]).toEqual([null, null]);
});

test('the usual keys do not clash; changed ones are told of', () => {
  expect(clashes(keysOf({}))).toEqual([]);
  expect(clashes(keysOf({ transfer: 'e' }))).toEqual(['transfer', 'end']);
});

test('Ctrl and a digit are a chat', () => {
  expect([chatOf('Ctrl+1'), chatOf('Ctrl+9'), chatOf('Ctrl+0'), chatOf('1')]).toEqual([0, 8, null, null]);
});

test('a key is written as it is printed', () => {
  expect(['Ctrl+ArrowDown', 't', '?', 'F8'].map(printed)).toEqual(['Ctrl+↓', 'T', '?', 'F8']);
});
