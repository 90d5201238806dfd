import { createPublicKey, type KeyObject } from "node:crypto";
import { readElements } from "./der.ts";

/**
 * Does an ECDSA signature over P-256 hold for a digest? (FIPS 186-5 §6.4.2.) node:crypto always hashes first, but a log of hashes is
 * given the digest only. Verification handles no secrets, so plain BigInt arithmetic is fine here.
 */
export function verifyP256Digest(publicKey: KeyObject, digest: Buffer, signature: Buffer): boolean {
  const { x, y, crv } = publicKey.export({ format: "jwk" });
  if (crv !== "P-256" || x === undefined || y === undefined) return false;
  const [outer] = readElements(signature);
  const [r, s] = readElements(outer?.content ?? Buffer.alloc(0)).map(({ content }) => toNumber(content));
  if (r === undefined || s === undefined || r <= 0n || s <= 0n || r >= order || s >= order) return false;
  const inverse = invert(s, order);
  const point = add(
    multiply(generator, (toNumber(digest) * inverse) % order),
    multiply([toNumber(Buffer.from(x, "base64url")), toNumber(Buffer.from(y, "base64url"))], (r * inverse) % order),
  );
  return point !== undefined && point[0] % order === r;
}

/** The public key of a PEM or DER certificate or key. */
export function readPublicKey(der: Buffer): KeyObject {
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

type Point = readonly [x: bigint, y: bigint] | undefined;

const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const generator: Point = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
}

function reduce(value: bigint): bigint {
  return ((value % prime) + prime) % prime;
}

function invert(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

/** The sum of two points; the curve's coefficient a is -3. */
function add(a: Point, b: Point): Point {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const [[ax, ay], [bx, by]] = [a, b];
  if (ax === bx && reduce(ay + by) === 0n) return undefined;
  const slope =
    ax === bx ? reduce((3n * ax * ax - 3n) * invert(2n * ay, prime)) : reduce((by - ay) * invert(bx - ax, prime));
  const x = reduce(slope * slope - ax - bx);
  return [x, reduce(slope * (ax - x) - ay)];
}

function multiply(point: Point, times: bigint): Point {
  let [sum, doubled]: [Point, Point] = [undefined, point];
  for (let rest = times; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) sum = add(sum, doubled);
    doubled = add(doubled, doubled);
  }
  return sum;
}
