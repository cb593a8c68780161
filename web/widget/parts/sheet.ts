/**
 * On phones the panel is a sheet over the whole page. It follows the part of
 * the window that the keyboard leaves, the page behind it does not scroll, and
 * the back button closes it.
 */

import { useEffect, useState, type RefObject } from 'react';

const small = '(max-width: 480px), (max-height: 480px)';

export function useSheet(always: boolean): boolean {
  const [matches, setMatches] = useState(() => matchMedia(small).matches);
  useEffect(() => {
    const query = matchMedia(small);
    const changed = () => setMatches(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return always || matches;
}

/** Behaves as a sheet for as long as one is open. */
export function useSheetBehaviour(active: boolean, panel: RefObject<HTMLElement | null>, close: () => void): void {
  useEffect(() => {
    if (!active) return;
    const page = document.documentElement;
    const overflow = page.style.overflow;
    page.style.overflow = 'hidden';

    const view = window.visualViewport;
    const fit = () => {
      if (view === null) return;
      // A pinch also shrinks the view; then the sheet stays as it is.
      const zoomed = view.scale > 1.01;
      panel.current?.style.setProperty('--viewport', zoomed ? '100dvh' : `${view.height}px`);
      panel.current?.style.setProperty('--shift', zoomed ? '0' : `${view.offsetTop}px`);
    };
    fit();
    view?.addEventListener('resize', fit);
    view?.addEventListener('scroll', fit);

    // The page's router may look for its own marks when one goes forward to this.
    history.pushState({ ...history.state, bellpull: true }, '');
    let left = false;
    const back = () => {
      left = true;
      close();
    };
    addEventListener('popstate', back);

    return () => {
      page.style.overflow = overflow;
      view?.removeEventListener('resize', fit);
      view?.removeEventListener('scroll', fit);
      removeEventListener('popstate', back);
      if (!left && (history.state as { bellpull?: boolean } | null)?.bellpull === true) history.back();
    };
  }, [active]);
}

/** Keeps Tab within the sheet, since nothing else can be seen. */
export function keepFocus(e: KeyboardEvent, panel: HTMLElement): void {
  const all = [...panel.querySelectorAll<HTMLElement>('a[href], button, input:not([hidden]), select, textarea, [tabindex="0"]')].filter(
    (el) => el.tabIndex >= 0 && !(el as HTMLButtonElement).disabled && el.getClientRects().length > 0,
  );
  const [first, last] = [all[0], all.at(-1)];
  const at = (panel.getRootNode() as ShadowRoot).activeElement;
  if (e.shiftKey ? at === first || at === panel : at === last) {
    e.preventDefault();
    (e.shiftKey ? last : first)?.focus();
  }
}
