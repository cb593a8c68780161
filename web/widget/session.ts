/** What every part of the panel can ask for: words, configuration, the chat, and the page's wishes. */

import { createContext, useContext, useEffect, useLayoutEffect, useState } from 'react';
import type { Chat, ChatState } from '../chat/customer/state';
import type { Config } from './config';
import type { Custom } from './custom';
import type { Who } from './conversation/rows';
import type { Language } from './words/language';

export type Session = Readonly<{
  chat: Chat;
  config: Config;
  custom: Custom;
  language: Language;
  /** The server's address. */
  base: string;
  /** Adds a part's styles to the shadow root, once. */
  style(css: string): void;
}>;

const Context = createContext<Session | null>(null);

export const SessionProvider = Context.Provider;

export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error('There is no session around this part.');
  return session;
}

export function useChat(): ChatState {
  const { chat } = useSession();
  const [state, setState] = useState(chat.state);
  useLayoutEffect(() => {
    const changed = () => setState(chat.state);
    changed(); // between drawing and listening something may have come
    return chat.subscribe(changed);
  }, [chat]);
  return state;
}

/** The time, read anew every second for as long as it matters. */
export function useNow(matters: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!matters) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [matters]);
  return now;
}

/** A module that is fetched when it is first needed; null until it is there. */
export function useModule<Module>(load: () => Promise<Module>, needed = true): Module | null {
  const [module, setModule] = useState<Module | null>(null);
  useEffect(() => {
    if (!needed) return;
    let wanted = true;
    load().then((m) => wanted && setModule(() => m), () => undefined);
    return () => {
      wanted = false;
    };
  }, [needed]);
  return module;
}

/** What somebody is called here, by what the site and the server have said. */
export function nameOf({ custom, language }: Pick<Session, 'custom' | 'language'>, who: Who, name: string): string {
  switch (who) {
    case 'me':
      return custom.customerName || language.say('you');
    case 'bot':
      return custom.botName || (name === 'BOT' || name === '' ? language.say('bot') : name);
    case 'system':
      return custom.systemName || (name === 'SYSTEM_MESSAGE' || name === '' ? language.say('system') : name);
    case 'agent':
      return name || custom.agentName || language.say('agent');
  }
}

/** The one or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = (word: string | undefined) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '';
  return first(words[0]) + (words.length > 1 ? first(words.at(-1)) : '');
}
