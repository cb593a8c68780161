import { expect, test } from 'vitest';
import { prove, sha256, zeroBits } from './proof';

const hex = (words: Iterable<number>) => [...words].map((w) => (w >>> 0).toString(16).padStart(8, '0')).join('');

/** The browser's own SHA-256. */
async function digest(message: string): Promise<string> {
  const view = new DataView(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(message)));
  return hex(Array.from({ length: 8 }, (_, i) => view.getUint32(i * 4)));
}

test('the hash is that of others, for every length of its last block', async () => {
  for (let n = 0; n < 200; n++) {
    const message = 'ä'.repeat(n % 3) + 'x'.repeat(n);
    expect(hex(sha256(message)), message).toBe(await digest(message));
  }
});

test('a proof begins with as many zero bits as were asked for', async () => {
  const proof = await prove('challenge', 12);
  expect(proof).toMatch(/^challenge:\d+$/);
  expect(zeroBits(sha256(proof))).toBeGreaterThanOrEqual(12);
  expect(await digest(proof)).toMatch(/^000/);
});
