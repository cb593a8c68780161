import type { ContactId } from '../../chat/item';
import { Store } from '../../chat/store';

/** A box that is open over the desk. */
export type Wish =
  | Readonly<{ box: 'transfer' | 'colleague' | 'end'; contact: ContactId }>
  | Readonly<{ box: 'sheet' | 'palette' | 'customer' }>
  | Readonly<{ box: 'past'; contact: ContactId; title: string }>;

/** What the agent has asked to see; at most one box is open at a time. */
export const wishes = new Store<Wish | null, Wish | null>((_, wish) => wish, null);

/**
 * Puts the focus into the composer of a chat once it is drawn, or where there is none on the chat itself. What the
 * store says is drawn in a microtask, so that the next key finds it there; what has to be fetched first takes longer.
 */
export function focusChat(contact: ContactId): void {
  const focus = () => {
    const pane = document.querySelector<HTMLElement>(`[data-contact="${CSS.escape(contact)}"]`);
    (pane?.querySelector<HTMLElement>('.composer-box') ?? pane?.querySelector<HTMLElement>('.pane-main-action') ?? pane)?.focus();
    return pane?.contains(document.activeElement) === true;
  };
  queueMicrotask(() => focus() || requestAnimationFrame(focus));
}
