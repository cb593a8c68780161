/**
 * Styles under the strictest policy: constructed sheets are no inline styles to
 * a policy. Browsers without them get an element, with the page's nonce.
 */
export function adopt(shadow: ShadowRoot, css: string, nonce: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  } catch {
    const style = document.createElement('style');
    style.nonce = nonce;
    style.textContent = css;
    shadow.prepend(style);
  }
}

/** Adds each sheet once, for parts that come when they come. */
export function styler(shadow: ShadowRoot, nonce: string): (css: string) => void {
  const there = new Set<string>();
  return (css) => {
    if (!there.has(css)) adopt(shadow, css, nonce);
    there.add(css);
  };
}
