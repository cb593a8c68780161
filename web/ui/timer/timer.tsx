import { useSyncExternalStore } from 'react';
import './timer.css';

/** All timers of a page share one clock, which stands still while nobody looks at it. */
const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;
let second = Math.floor(Date.now() / 1000);

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  ticking ??= setInterval(tick, 250);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

function tick(): void {
  const now = Math.floor(Date.now() / 1000);
  if (now === second) return;
  second = now;
  for (const w of [...watchers]) w();
}

/** The present second in milliseconds; whoever uses it is drawn anew each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => {
    if (ticking === undefined) second = Math.floor(Date.now() / 1000);
    return second * 1000;
  });
}

/** 1:05, 12:30, 1:00:00: no unit needs to be read. */
export function clockOf(milliseconds: number): string {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** For those who hear it: "1 minute 5 seconds". */
export function wordsOf(milliseconds: number): string {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  const many = (n: number, unit: string) => (n === 0 ? '' : `${n} ${unit}${n === 1 ? '' : 's'}`);
  const parts = [many(Math.floor(s / 3600), 'hour'), many(Math.floor(s / 60) % 60, 'minute'), s < 3600 ? many(s % 60, 'second') : ''];
  return parts.filter((p) => p !== '').join(' ') || '0 seconds';
}

/** Counts up from a moment; the moment and the clock are in the same time. */
export function Timer({ since, skew = 0, label }: {
  since: number;
  /** The clock that since is of, less ours, in milliseconds. */
  skew?: number;
  label: string;
}) {
  const passed = useNow() + skew - since;
  return (
    <span className="timer" role="timer" aria-label={`${label}: ${wordsOf(passed)}`}>
      {clockOf(passed)}
    </span>
  );
}

/** A ring that empties until a moment, with the seconds that are left in it. */
export function Countdown({ until, whole, skew = 0, label }: { until: number; whole: number; skew?: number; label: string }) {
  const left = Math.max(0, Math.min(whole, until - useNow() - skew));
  const seconds = Math.ceil(left / 1000);
  const around = 2 * Math.PI * 19;
  return (
    <span className={`countdown ${seconds <= 5 ? 'soon' : ''}`} role="timer" aria-label={`${label}: ${seconds} seconds`}>
      <svg viewBox="0 0 44 44" width="44" height="44" aria-hidden="true">
        <circle cx="22" cy="22" r="19" className="countdown-track" />
        <circle cx="22" cy="22" r="19" className="countdown-left" strokeDasharray={around} strokeDashoffset={around * (1 - Math.min(1, left / whole))} />
      </svg>
      <span aria-hidden="true">{seconds}</span>
    </span>
  );
}
