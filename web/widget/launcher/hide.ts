/** Where the launcher is not to be seen, and where it opens by itself. */

/** Whether a path is one of the patterns, in which a star is anything. */
export function matches(path: string, patterns: readonly unknown[]): boolean {
  return patterns.some((p) => {
    if (typeof p !== 'string') return false;
    const escaped = p.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*');
    return new RegExp(`^${escaped}$`).test(path);
  });
}

/** Whether an address asks for the chat: #chat or ?chat. */
export function asksForChat(address: Readonly<{ hash: string; search: string }>): boolean {
  return address.hash === '#chat' || /[?&]chat(?:[=&]|$)/.test(address.search);
}
