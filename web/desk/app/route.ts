import { useSyncExternalStore } from 'react';

/** The places of the desk, by the path below /desk/. */
export const routes = ['chats', 'history', 'board', 'settings', 'design'] as const;

export type Route = (typeof routes)[number];

/** The place that a path leads to; one that is not known leads to the chats. */
export function routeOf(path: string): Route {
  const name = path.replace(/^\/desk\/?/, '').replace(/\/.*$/, '');
  return routes.find((r) => r === name) ?? 'chats';
}

export function pathOf(route: Route): string {
  return route === 'chats' ? '/desk/' : `/desk/${route}`;
}

const watchers = new Set<() => void>();

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  window.addEventListener('popstate', watcher);
  return () => {
    watchers.delete(watcher);
    window.removeEventListener('popstate', watcher);
  };
}

/** Goes to a place without loading the page again. */
export function go(route: Route): void {
  if (routeOf(location.pathname) === route) return;
  history.pushState(null, '', pathOf(route));
  for (const w of watchers) w();
}

export function useRoute(): Route {
  return useSyncExternalStore(watch, () => routeOf(location.pathname));
}
