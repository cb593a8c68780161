import { useRef } from 'react';
import css from './emoji.css?inline';
import { useSession } from './session';

/** The ones that people use in a chat with a company; every keyboard has the rest. */
const all = [
  ...['🙂', '😀', '😄', '😅', '😂', '😉', '😊', '😍', '😘', '😎', '🤔', '🤗', '🙄', '😐', '😕', '🙁', '😢', '😭', '😡', '😱'],
  ...['😴', '🥳', '🤷', '🙈', '👍', '👎', '👋', '👏', '🙏', '💪', '👌', '✌️', '🤞', '☝️', '✅', '❌', '❗', '❓', '⭐', '🔥'],
  ...['❤️', '💚', '💙', '💔', '🎉', '🎁', '🌈', '☀️', '☕', '🍀', '🚀', '✈️', '🚗', '📦', '📱', '💻', '📷', '💡', '💬', '⏰'],
];

/** A grid of emoji that arrow keys move in. */
export function EmojiPicker({ label, pick, close }: { label: string; pick(emoji: string): void; close(): void }) {
  useSession().style(css);
  const grid = useRef<HTMLDivElement>(null);
  function move(e: KeyboardEvent) {
    const el = grid.current;
    if (el === null) return;
    const buttons = [...el.querySelectorAll('button')];
    const at = buttons.indexOf(e.target as HTMLButtonElement);
    const columns = getComputedStyle(el).gridTemplateColumns.split(' ').length;
    const forward = getComputedStyle(el).direction === 'rtl' ? -1 : 1;
    const by = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: columns, ArrowUp: -columns }[e.key];
    if (e.key === 'Escape') {
      e.stopPropagation();
      close();
    }
    if (by === undefined) return;
    e.preventDefault();
    buttons[at + by]?.focus();
  }
  return (
    <div className="emoji" role="group" aria-label={label} ref={grid} onKeyDown={(e) => move(e as unknown as KeyboardEvent)}>
      {all.map((emoji, i) => (
        <button key={emoji} type="button" tabIndex={i === 0 ? 0 : -1} autoFocus={i === 0} onClick={() => pick(emoji)}>
          {emoji}
        </button>
      ))}
    </div>
  );
}
