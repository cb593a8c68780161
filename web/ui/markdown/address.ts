const schemes = new Set(['http:', 'https:', 'mailto:', 'tel:']);

/** An address that may be followed, or null: nothing that could run in the page. */
export function safeAddress(address: string): string | null {
  try {
    const url = new URL(address);
    return schemes.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
