import type { KeyObject } from "node:crypto";

/**
 * Is an ECDSA P-256 signature good for a digest? A log is given the digest and never the bytes, and node:crypto only
 * verifies bytes that it hashes itself. For a service on loopback: nothing here is secret, nothing is constant in time.
 * Source: FIPS 186-5 §6.4.2, SP 800-186 §3.2.1.3.
 */

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}
/** Undefined is the point at infinity. */
type MaybePoint = Point | undefined;

const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const a = p - 3n;
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const generator: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** True when `signature` (DER) is the key's over `digest` (32 bytes). Keys of other curves give false. */
export function verifiesDigest(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const point = pointOf(key);
  const parts = partsOf(signature);
  if (point === undefined || parts === undefined || digest.byteLength !== 32) return false;
  const { r, s } = parts;
  if (r < 1n || r >= order || s < 1n || s >= order) return false;
  const w = inverse(s, order);
  const [u1, u2] = [mod(numberOf(digest) * w, order), mod(r * w, order)];
  const sum = add(multiply(generator, u1), multiply(point, u2));
  return sum !== undefined && mod(sum.x, order) === r;
}

function pointOf(key: KeyObject): MaybePoint {
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") return undefined;
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return { x: numberOf(Buffer.from(x, "base64url")), y: numberOf(Buffer.from(y, "base64url")) };
}

/** `SEQUENCE { r INTEGER, s INTEGER }`, each short enough for one octet of length. */
function partsOf(signature: Uint8Array): { readonly r: bigint; readonly s: bigint } | undefined {
  const hex = Buffer.from(signature).toString("hex");
  const rSize = signature[3] ?? 0;
  const sSize = signature[5 + rSize] ?? 0;
  const isWhole =
    /^30..02..(..)*$/.test(hex) && signature[1] === signature.length - 2 && rSize + sSize + 6 === signature.length;
  if (!isWhole || signature[4 + rSize] !== 2 || rSize === 0 || sSize === 0) return undefined;
  return { r: numberOf(signature.slice(4, 4 + rSize)), s: numberOf(signature.slice(6 + rSize)) };
}

function multiply(point: MaybePoint, times: bigint): MaybePoint {
  let sum: MaybePoint;
  for (let rest = times, power = point; rest > 0n; rest >>= 1n, power = add(power, power)) {
    if ((rest & 1n) === 1n) sum = add(sum, power);
  }
  return sum;
}

function add(one: MaybePoint, other: MaybePoint): MaybePoint {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.x === other.x && mod(one.y + other.y, p) === 0n) return undefined;
  const slope =
    one.x === other.x
      ? mod((3n * one.x * one.x + a) * inverse(2n * one.y, p), p)
      : mod((other.y - one.y) * inverse(other.x - one.x, p), p);
  const x = mod(slope * slope - one.x - other.x, p);
  return { x, y: mod(slope * (one.x - x) - one.y, p) };
}

/** Extended Euclid; `value` and `modulus` share no factor. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high] = [mod(value, modulus), modulus];
  let [at, next] = [1n, 0n];
  while (low > 1n) {
    const ratio = high / low;
    [low, high] = [high - ratio * low, low];
    [at, next] = [next - ratio * at, at];
  }
  return mod(at, modulus);
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
}
