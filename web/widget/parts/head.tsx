import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { nameOf, useChat, useSession } from '../session';
import { Avatar } from './avatar';
import { Icon, type IconName } from './icon';

/** The top of a conversation: whom one talks with, and what else one can do. */
export function Head({ tools }: { tools: ReactNode }) {
  const session = useSession();
  const { config, custom, language } = session;
  const { people, phase, queue } = useChat();
  const agents = people.filter((p) => p.role === 'AGENT').slice(0, 3);
  const names = agents.map((p) => nameOf(session, 'agent', p.name));
  const title = custom.title || config.look.title || language.say('title');
  const logo = custom.logo || config.look.logo;
  const status = phase === 'ended' ? language.say('ended') : queue !== null ? language.say('queue') : config.replyTime;
  return (
    <header className="head" part="header">
      {names.length > 0 ? (
        <span className="avatars">
          {agents.map((p, i) => (
            <Avatar key={p.id} who="agent" name={names[i] ?? ''} />
          ))}
        </span>
      ) : (
        logo !== '' && <img className="logo" src={logo} alt={custom.logoText} />
      )}
      <div className="who">
        <h2 id="bellpull-title">
          <bdi>{names.length > 0 ? names.join(', ') : title}</bdi>
        </h2>
        {(names.length > 0 || status !== '') && (
          <p>
            {names.length > 0 && <span className="dot" />}
            <bdi>{names.length > 0 ? title : status}</bdi>
          </p>
        )}
      </div>
      {tools}
    </header>
  );
}

export type MenuItem = Readonly<{ icon: IconName; label: string; bad?: boolean; choose(): void }>;

/** A menu button and its menu, which arrow keys move in. */
export function Menu({ items, open, set }: { items: readonly MenuItem[]; open: boolean; set(open: boolean): void }) {
  const { language } = useSession();
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  // Before the next key: on a slow machine one may come before the menu is painted.
  useLayoutEffect(() => {
    if (!open) return;
    menu.current?.querySelector('button')?.focus();
    const root = menu.current?.getRootNode() ?? document;
    const away = (e: Event) => {
      if (!e.composedPath().some((el) => el === menu.current || el === button.current)) set(false);
    };
    root.addEventListener('pointerdown', away);
    document.addEventListener('pointerdown', away);
    return () => {
      root.removeEventListener('pointerdown', away);
      document.removeEventListener('pointerdown', away);
    };
  }, [open]);

  function pressed(e: KeyboardEvent) {
    const buttons = [...(menu.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(e.target as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      buttons.at(to % buttons.length)?.focus();
    } else if (e.key === 'Escape' || e.key === 'Tab') {
      if (e.key === 'Escape') e.stopPropagation();
      set(false);
      button.current?.focus();
    }
  }

  return (
    <>
      <button ref={button} type="button" className="tool" aria-label={language.say('menu')} aria-haspopup="menu" aria-expanded={open} onClick={() => set(!open)}>
        <Icon name="menu" />
      </button>
      {open && (
        <div className="menu" role="menu" aria-label={language.say('menu')} ref={menu} onKeyDown={(e) => pressed(e as unknown as KeyboardEvent)}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={item.bad === true ? 'bad' : ''}
              onClick={() => {
                set(false);
                button.current?.focus();
                item.choose();
              }}
            >
              <Icon name={item.icon} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </>
  );
}
