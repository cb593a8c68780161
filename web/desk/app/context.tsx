import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Settings } from '../settings/settings';
import type { Controller } from './controller';
import type { Chat, Open } from './state';

/** The one controller of the page. */
export const DeskContext = createContext<Controller | null>(null);

export function useController(): Controller {
  const controller = useContext(DeskContext);
  if (controller === null) throw new Error('there is no desk around this');
  return controller;
}

/** A part of the open desk; who uses it is drawn anew when that part is another. select answers a value of the state, or a plain one. */
export function useDesk<T>(select: (desk: Open) => T): T {
  const { store } = useController();
  return useSyncExternalStore(store.watch, () => {
    if (store.state.at === 'door') throw new Error('the desk is closed');
    return select(store.state);
  });
}

export function useChat(id: string): Chat | undefined {
  return useDesk((d) => d.chats.get(id));
}

export function useSettings(): Settings {
  const { settings } = useController();
  return useSyncExternalStore(settings.watch, () => settings.state);
}
