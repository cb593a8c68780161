// Section E without a browser: what a preflight is answered. chatjs.test.mjs has the browser's own view.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../../lib/server.mjs';

const server = await startServer();
const operations = [
  'connection',
  'message',
  'event',
  'transcript',
  'disconnect',
  'attachment',
  'start-attachment-upload',
  'complete-attachment-upload',
  'authentication-url',
  'cancel-authentication',
];

/** Asks as a browser would before the real request, without any token. */
async function preflight(path, method, headers) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers },
  });
  assert.ok(response.status === 200 || response.status === 204, `${path}: ${response.status}`);
  assert.ok(['*', 'https://shop.example'].includes(response.headers.get('access-control-allow-origin')));
  const methods = response.headers.get('access-control-allow-methods').split(/\s*,\s*/);
  assert.ok(methods.includes(method), `${method} is not in ${methods}`);
  const allowed = response.headers.get('access-control-allow-headers').toLowerCase().split(/\s*,\s*/);
  for (const name of headers.split(',')) assert.ok(allowed.includes(name), `${path}: ${name} is not in ${allowed}`);
  assert.ok(Number(response.headers.get('access-control-max-age')) >= 600, 'a preflight is kept for ten minutes');
}

for (const operation of operations) {
  test(`E2 E3 the preflight of ${operation} allows what ChatJS sends`, () =>
    preflight(`/participant/${operation}`, 'POST', 'authorization,content-type,x-amz-bearer,x-amz-content-sha256,x-amz-date,x-amz-user-agent'));
}

test('E3 E7 the preflight of a view asks for no token and allows GET', () =>
  preflight('/participant/views/a%2Fb%3D%3D', 'GET', 'authorization,x-amz-bearer,x-amz-content-sha256,x-amz-date,x-amz-user-agent'));

test('E6 the preflight allows what the plain SDK sends with session credentials', () =>
  preflight(
    '/participant/message',
    'POST',
    'amz-sdk-invocation-id,amz-sdk-request,authorization,content-type,x-amz-bearer,x-amz-content-sha256,x-amz-date,x-amz-security-token,x-amz-user-agent',
  ));

test('E5 E8 refusals are open to pages and show them the error headers', async () => {
  for (const path of ['/participant/transcript', '/participant/nonsense']) {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { Origin: 'https://shop.example', 'X-Amz-Bearer': 'nonsense' },
      body: '{}',
    });
    assert.ok(response.status >= 400, `${response.status}`);
    assert.ok(['*', 'https://shop.example'].includes(response.headers.get('access-control-allow-origin')), path);
    const exposed = response.headers.get('access-control-expose-headers').toLowerCase().split(/\s*,\s*/);
    for (const name of ['x-amzn-errortype', 'x-amzn-requestid']) assert.ok(exposed.includes(name), `${path}: ${name}`);
  }
});
