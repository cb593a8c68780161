/**
 * Proof of work, where a widget asks for it: a nonce such that the SHA-256 of
 * "challenge:nonce" begins with enough zero bits. It is looked for in slices, so
 * that the page stays quick. crypto.subtle would answer each try by a promise,
 * which takes ten times as long, and is not there without TLS.
 */

/** How long a slice may take, in milliseconds: less than a frame. */
const slice = 8;

/** Finds the proof, as it is sent. */
export async function prove(challenge: string, difficulty: number): Promise<string> {
  for (let nonce = 0; ; ) {
    const until = Date.now() + slice;
    do {
      const proof = `${challenge}:${nonce++}`;
      if (zeroBits(sha256(proof)) >= difficulty) return proof;
    } while (nonce % 64 !== 0 || Date.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Counts the zero bits that a hash begins with. */
export function zeroBits(hash: Int32Array): number {
  let bits = 0;
  for (const word of hash) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

/** The first 32 bits of the fractional parts of a root of each of the first primes. */
function roots(count: number, power: number): Int32Array {
  const words = new Int32Array(count);
  for (let n = 2, found = 0; found < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) prime &&= n % d !== 0;
    if (prime) words[found++] = (n ** power % 1) * 2 ** 32;
  }
  return words;
}

const start = roots(8, 1 / 2);
const constants = roots(64, 1 / 3);

/** SHA-256 (FIPS 180-4) of a text in UTF-8, as eight words. */
export function sha256(message: string): Int32Array {
  const bytes = new TextEncoder().encode(message);
  const view = new DataView(new ArrayBuffer(((bytes.length + 8) & ~63) + 64));
  new Uint8Array(view.buffer).set(bytes);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(view.byteLength - 4, bytes.length * 8);
  const hash = start.slice();
  const w = new Int32Array(64);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let i = 0; i < 64; i++) w[i] = i < 16 ? view.getInt32(at + i * 4) : expand(w, i);
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + (constants[i] ?? 0) + (w[i] ?? 0)) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => (hash[i] = (hash[i] ?? 0) + x));
  }
  return hash;
}

function expand(w: Int32Array, i: number): number {
  const [x = 0, y = 0] = [w[i - 15], w[i - 2]];
  return (w[i - 16] ?? 0) + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (w[i - 7] ?? 0) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
}

function turn(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}
