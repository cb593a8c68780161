import { Toasts } from '../ui';
import { hashOf, type Place } from './place';

/** What the page says in passing. */
export const toasts = new Toasts();

/** Calls back when the address changes; returns what ends that. */
export function watchHash(watcher: () => void): () => void {
  window.addEventListener('hashchange', watcher);
  return () => window.removeEventListener('hashchange', watcher);
}

/** Goes to a place without loading the page again. */
export function goTo(place: Place): void {
  history.pushState(null, '', hashOf(place) || location.pathname);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
