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
