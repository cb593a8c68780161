import { describe, expect, test } from 'vitest';
import { linked, listed, marksUp, wrap } from './markdown';
import { filled, queryAt, ranked, slashed } from './quick';

describe('marks', () => {
  test('go around what is selected, and away again', () => {
    const bold = wrap({ text: 'say hello now', from: 4, to: 9 }, '**');
    expect(bold).toEqual({ text: 'say **hello** now', from: 6, to: 11 });
    expect(wrap(bold, '**')).toEqual({ text: 'say hello now', from: 4, to: 9 });
  });

  test('make a list of the lines, change its kind, and make them plain', () => {
    const list = listed({ text: 'one\ntwo', from: 1, to: 5 }, false);
    expect(list.text).toBe('- one\n- two');
    const numbers = listed({ ...list, from: 0, to: 11 }, true);
    expect(numbers.text).toBe('1. one\n2. two');
    expect(listed({ ...numbers, from: 0, to: 13 }, true).text).toBe('one\ntwo');
  });

  test('make a link whose address can be typed at once', () => {
    const { text, from, to } = linked({ text: 'see docs', from: 4, to: 8 });
    expect(text).toBe('see [docs](https://)');
    expect(text.slice(from, to)).toBe('https://');
  });

  test('are noticed where they mean something', () => {
    for (const marked of ['**a**', 'x *a* y', '- a', '1. a', '[a](https://b)', '`a`', '> a']) expect(marksUp(marked), marked).toBe(true);
    for (const plain of ['a', '2 * 3 = 6', 'a_b_c', 'well - no', 'Mr. X']) expect(marksUp(plain), plain).toBe(false);
  });
});

describe('quick responses', () => {
  const response = (shortcut: string, name: string, content: string) => ({ id: name, shortcut, name, content, markdown: false });

  test('are searched by what follows a slash that begins a word', () => {
    expect(queryAt('/', 1)).toEqual({ from: 0, words: '' });
    expect(queryAt('Hello /re', 9)).toEqual({ from: 6, words: 're' });
    expect(queryAt('Hello /re', 8)).toEqual({ from: 6, words: 'r' });
    expect(queryAt('/refund policy', 14)).toEqual({ from: 0, words: 'refund policy' });
    for (const [text, at] of [['and/or', 6], ['https://x', 9], ['/ x', 3], ['/re\n', 4]] as const) expect(queryAt(text, at), text).toBe(null);
  });

  test('begin with a slash of their own when a button asks for them', () => {
    expect(slashed({ text: 'Hello', from: 5, to: 5 })).toEqual({ text: 'Hello /', from: 7, to: 7 });
    expect(slashed({ text: '', from: 0, to: 0 }).text).toBe('/');
  });

  test('rank by shortcut, then name, then content', () => {
    const all = [response('bye', 'Farewell', 'hi and bye'), response('hello', 'Hi there', 'x'), response('hi', 'Greeting', 'y'), response('z', 'z', 'z')];
    expect(ranked(all, 'hi').map((r) => r.shortcut)).toEqual(['hi', 'hello', 'bye']);
    expect(ranked(all, '')).toHaveLength(4);
  });

  test('are filled with what is known, and show what is not', () => {
    const values = { customer: 'Ada', agent: 'Ana', attributes: { order: '7' } };
    expect(filled('Hi {{customer.name}}, {{ agent.name }}: {{attributes.order}} {{attributes.none}} {{x}}', values)).toBe(
      'Hi Ada, Ana: 7 {{attributes.none}} {{x}}',
    );
    expect(filled('{{attributes.constructor}} {{attributes.toString}}', values)).toBe('{{attributes.constructor}} {{attributes.toString}}');
  });
});
