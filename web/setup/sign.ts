/** Signs a start as a site's server would: a JWT with HS256, good for five minutes. */
export async function signStart(widget: string, secret: string, now: number): Promise<string> {
  const part = (value: object) => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: widget, iat: now, exp: now + 300 })}`;
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return `${body}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(body))))}`;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
