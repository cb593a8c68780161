// A web site of another origin than the server's, with the strictest policy
// under which the widget promises to work, and what a page says to it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after } from 'node:test';

/** The widget that `bellpull dev` seeds. */
export const devWidget = 'b3110000-0000-4000-8000-00000000d101';

/**
 * Starts a site whose pages show a server's widget. Query parameters of a page
 * change it: hosted=1 uses the snippet of the hosted widget, lang sets the
 * page's language, css styles it, and say holds what the page calls
 * amazon_connect with.
 */
export async function startSite(server, widget = devWidget) {
  const site = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    if (pathname === '/favicon.ico') return response.writeHead(204).end();
    const host = new URL(server.url).host;
    const css = searchParams.get('css') ?? '';
    const styled = css === '' ? '' : "; style-src 'nonce-page'";
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; script-src 'nonce-page' http://${host}; connect-src http://${host} ws://${host}; img-src http://${host}; form-action 'none'; base-uri 'none'${styled}`,
    );
    response.end(`<!doctype html>
<html lang="${searchParams.get('lang') ?? 'en'}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>The shop</title>${css === '' ? '' : `<style nonce="page">${css}</style>`}
<main><h1>The shop</h1><p>Tea, and what belongs to it.</p></main>
<script nonce="page">${snippet(server, widget, searchParams)}</script>
</html>`);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  after(() => {
    site.close();
    site.closeAllConnections();
  });
  return `http://localhost:${site.address().port}/`;
}

function snippet(server, widget, parameters) {
  const calls = JSON.parse(parameters.get('say') ?? '[]').map(([key, value]) => `amazon_connect(${JSON.stringify(key)}, ${value});`);
  const hosted = parameters.has('hosted');
  const src = `${server.url}${hosted ? '/connectwidget/static/amazon-connect-chat-interface-client.js' : '/widget.js'}`;
  return `
(function(w, d, x, id){
  const s = d.createElement('script'); s.src = '${src}'; s.async = 1;
  ${hosted ? 's.id = id;' : 's.dataset.widget = id;'}
  d.getElementsByTagName('head')[0].appendChild(s);
  w[x] = w[x] || function() { (w[x].ac = w[x].ac || []).push(arguments) };
})(window, document, 'amazon_connect', '${widget}');
${calls.join('\n')}`;
}
