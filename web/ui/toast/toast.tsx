import { useSyncExternalStore } from 'react';
import { Button, IconButton } from '../button/button';
import { Icon, type IconName } from '../icon/icon';
import './toast.css';

export type ToastTone = 'info' | 'good' | 'bad';

export type Toast = Readonly<{
  id: number;
  tone: ToastTone;
  text: string;
  action: Readonly<{ label: string; run(): void }> | null;
}>;

/** How long words stay, in milliseconds; those about a failure stay until they are closed. */
const shownFor = 6_000;

/** The messages that are on the screen; at most three, the oldest goes first. */
export class Toasts {
  private list: readonly Toast[] = [];
  private watchers = new Set<() => void>();
  private last = 0;

  get state(): readonly Toast[] {
    return this.list;
  }

  show(tone: ToastTone, text: string, action: Toast['action'] = null): void {
    if (this.list.some((t) => t.text === text && t.tone === tone)) return;
    const id = ++this.last;
    this.set([...this.list, { id, tone, text, action }].slice(-3));
    if (tone !== 'bad') setTimeout(() => this.close(id), shownFor);
  }

  close(id: number): void {
    this.set(this.list.filter((t) => t.id !== id));
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private set(list: readonly Toast[]): void {
    this.list = list;
    for (const w of this.watchers) w();
  }
}

const icons: Readonly<Record<ToastTone, IconName>> = { info: 'info', good: 'accept', bad: 'warning' };

/** Where the messages appear, and are read out. */
export function ToastRegion({ toasts }: { toasts: Toasts }) {
  const list = useSyncExternalStore(toasts.subscribe, () => toasts.state);
  return (
    <section className="toasts" aria-label="Messages of the desk" aria-live="polite">
      {list.map((t) => (
        <div key={t.id} className={`toast ${t.tone}`} role={t.tone === 'bad' ? 'alert' : undefined}>
          <Icon name={icons[t.tone]} />
          <p>{t.text}</p>
          {t.action !== null && (
            <Button
              look="ghost"
              size="small"
              onPress={() => {
                t.action?.run();
                toasts.close(t.id);
              }}
            >
              {t.action.label}
            </Button>
          )}
          <IconButton label="Close message" icon="close" size="small" onPress={() => toasts.close(t.id)} />
        </div>
      ))}
    </section>
  );
}
