/** Markdown of people and bots made safe: a few elements, and links that are https, mailto or tel. No pictures: they would tell others who reads. */

import createPurify from 'dompurify';
import { Marked } from 'marked';
import css from './markdown.css?inline';

/** How it looks, for the shadow root that it is put in. */
export { css };

const marked = new Marked({ gfm: true, breaks: true, async: false });
const purify = createPurify(window);

purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName !== 'A') return;
  if (!node.hasAttribute('href')) return node.replaceWith(...node.childNodes);
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

export function render(markdown: string): DocumentFragment {
  return purify.sanitize(marked.parse(markdown) as string, {
    ALLOWED_TAGS: ['p', 'br', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr'],
    ALLOWED_ATTR: ['href', 'start'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https:\/\/|mailto:|tel:)/i,
    RETURN_DOM_FRAGMENT: true,
  });
}
