import { expect, test } from 'vitest';
import { contrast, css, fill, grounds, inks, onColour, parseColour, type Rgb } from './colour';

function palette(accent: string, accentText: string, dark: boolean): Readonly<Record<string, string>> {
  const { accent: filled, text } = fill(accent, accentText, dark);
  return { '--accent': css(filled), '--on-accent': css(text), ...inks(accent, dark) };
}

const rgb = (text: string): Rgb => parseColour(text) ?? expect.fail(`${text} is no colour`);

test('contrast is what WCAG says it is', () => {
  expect(contrast(rgb('#fff'), rgb('#000'))).toBeCloseTo(21);
  expect(contrast(rgb('#777777'), rgb('#ffffff'))).toBeCloseTo(4.48, 2);
});

test('colours are read in the ways sites write them', () => {
  expect(parseColour('#1f5f58')).toEqual([31, 95, 88]);
  expect(parseColour(' #ABC ')).toEqual([170, 187, 204]);
  expect(parseColour('rgb(1, 2, 3)')).toEqual([1, 2, 3]);
  for (const wrong of ['', 'red', '#12', 'rgb(1,2,300)', 'url(x)']) expect(parseColour(wrong)).toBeNull();
});

test('an accent text that cannot be read on the accent is replaced', () => {
  expect(onColour(rgb('#ffee00'), rgb('#ffffff'))).not.toEqual([255, 255, 255]);
  expect(onColour(rgb('#102030'), rgb('#ffe0e0'))).toEqual(rgb('#ffe0e0'));
});

test('every accent can be read, on it and in it, in both themes', () => {
  for (let n = 0; n < 4096; n += 7) {
    const accent = `#${n.toString(16).padStart(3, '0')}`;
    for (const dark of [false, true]) {
      const p = palette(accent, accent, dark);
      expect(contrast(rgb(p['--on-accent']!), rgb(p['--accent']!)), `text on ${accent}`).toBeGreaterThanOrEqual(4.5);
      for (const surface of [...grounds[dark ? 'dark' : 'light'], p['--accent-soft']!]) {
        expect(contrast(rgb(p['--accent-ink']!), rgb(surface)), `${accent} as text on ${surface}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  }
});

test('a colour that is nearly dark enough for white text is made so', () => {
  const p = palette('#3b82f6', '', false);
  expect(p['--on-accent']).toBe('#ffffff');
  expect(contrast(rgb(p['--accent']!), rgb('#3b82f6'))).toBeLessThan(1.4);
});

test('an accent that nobody can parse is ours', () => {
  expect(palette('var(--x)', '', false)['--accent']).toBe('#1f5f58');
});
