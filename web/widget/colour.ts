/**
 * Colours that can be read. A site gives its accent and nothing else; what is
 * written on it, and what is written in it, is moved until WCAG AA is met.
 */

export type Rgb = readonly [number, number, number];

/** What the panel and the bubbles of others are drawn on, in both themes; style.css uses the same. */
export const grounds = { light: ['#ffffff', '#f0f1f3'], dark: ['#17191c', '#282c31'] } as const;

export const defaultAccent = '#1f5f58';

const white: Rgb = [255, 255, 255];
const ink: Rgb = [20, 22, 26];
const black: Rgb = [0, 0, 0];

/** Reads #rgb, #rrggbb and rgb(r, g, b); anything else is null. */
export function parseColour(text: string): Rgb | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (hex !== undefined) {
    const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;
    const n = Number.parseInt(full, 16);
    return [n >> 16, (n >> 8) & 255, n & 255];
  }
  const parts = /^rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)$/i.exec(text.trim());
  if (parts === null) return null;
  const rgb = [Number(parts[1]), Number(parts[2]), Number(parts[3])] as const;
  return rgb.every((c) => c <= 255) ? rgb : null;
}

export function css([r, g, b]: Rgb): string {
  return `#${((1 << 24) | (r << 16) | (g << 8) | b).toString(16).slice(1)}`;
}

/** The contrast of two colours as WCAG 2 defines it: 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** As much of b in a as share says. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const part = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
  return [part(0), part(1), part(2)];
}

/** The colour nearest to the given one that has the wanted contrast on a ground. */
export function readable(colour: Rgb, on: Rgb, wanted: number): Rgb {
  const far = luminance(on) > 0.18 ? black : white;
  for (let share = 0; share < 1; share += 0.04) {
    const moved = mix(colour, far, share);
    if (contrast(moved, on) >= wanted) return moved;
  }
  return far;
}

/** What to write on a colour: what was asked for if that can be read, else white or ink, whichever can. */
export function onColour(colour: Rgb, asked: Rgb | null): Rgb {
  return [asked, white, ink, black].find((c): c is Rgb => c !== null && contrast(c, colour) >= 4.5) ?? black;
}

/** What the accent fills and what is written on it; all that the launcher needs. */
export function fill(accent: string, accentText: string, dark: boolean): { accent: Rgb; text: Rgb } {
  const asked = parseColour(accent) ?? parseColour(defaultAccent) ?? ink;
  const text = parseColour(accentText);
  const filled = dark ? readable(asked, parseColour(grounds.dark[0]) ?? ink, 2.4) : asked;
  // White is what people expect on a strong colour: one that is nearly dark enough for it is made so.
  const withWhite = contrast(white, filled);
  const nearly = withWhite >= 3 && withWhite < 4.5 && (text === null || contrast(text, filled) < 4.5);
  const final = nearly ? readable(filled, white, 4.5) : filled;
  return { accent: final, text: onColour(final, text) };
}

/** The accent as ink, readable on every ground of the panel, and as a tint. */
export function inks(accent: string, dark: boolean): Readonly<Record<string, string>> {
  const on = grounds[dark ? 'dark' : 'light'].map((c) => parseColour(c) ?? white);
  const tint = mix(on[0] ?? white, fill(accent, '', dark).accent, dark ? 0.16 : 0.08);
  const asked = parseColour(accent) ?? parseColour(defaultAccent) ?? ink;
  return {
    '--accent-ink': css([...on, tint].reduce((colour, surface) => readable(colour, surface, 4.6), asked)),
    '--accent-soft': css(tint),
  };
}
