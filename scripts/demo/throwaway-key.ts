import { checkPrimeSync, createHash, createPrivateKey, type KeyObject } from "node:crypto";

/**
 * An RSA key that anyone can compute: the demo signs its packages with it, and the image carries its public half, so that the
 * demo's image has the same digest for everyone. It protects nothing, and says so in its name. Real keys: `apkmill apk keygen`.
 *
 * Primes are taken from SHAKE-256 of a public seed: candidate after candidate until one is prime and fits the exponent.
 */
export const throwawayKeyName = "demo-protects-nothing.rsa";

const exponent = 65537n;
const primeBytes = 128;

/** The 2048-bit key. The same on every machine. */
export function throwawayKey(): KeyObject {
  const p = primeFrom("apkmill demo, first prime");
  const q = primeFrom("apkmill demo, second prime");
  const d = inverse(exponent, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: exponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const jwk = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base64Url(value)]));
  return createPrivateKey({ key: { kty: "RSA", ...jwk }, format: "jwk" });
}

function primeFrom(seed: string): bigint {
  for (let counter = 0; ; counter += 1) {
    const bytes = createHash("shake256", { outputLength: primeBytes }).update(`${seed} ${counter}`).digest();
    // The two highest bits make the product exactly 2048 bits long; the lowest makes the candidate odd.
    const candidate = BigInt(`0x${bytes.toString("hex")}`) | (3n << BigInt(primeBytes * 8 - 2)) | 1n;
    if ((candidate - 1n) % exponent !== 0n && checkPrimeSync(candidate)) return candidate;
  }
}

/** The inverse of `value` modulo `modulus`, by Euclid's extended algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function base64Url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
}
