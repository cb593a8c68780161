import { Icon } from '../icon/icon';
import './avatar.css';

/** The first letters of a name's first and last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter((w) => w !== '');
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((w) => [...(w ?? '')][0] ?? '').join('').toLocaleUpperCase();
}

/** One of six quiet colours, always the same for a name. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const c of name) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}

/** A person's sign beside the name, which it repeats. */
export function Avatar({ name, size = 'normal', bot = false }: { name: string; size?: 'small' | 'normal' | 'large'; bot?: boolean }) {
  return (
    <span className={`avatar ${size} hue-${hueOf(name)}`} aria-hidden="true">
      {bot ? <Icon name="bot" size={16} /> : initials(name) || <Icon name="person" size={16} />}
    </span>
  );
}
