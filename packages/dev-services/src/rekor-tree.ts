import { createHash } from "node:crypto";

/** A Merkle tree over log entries: RFC 6962 §2.1. Leaves are kept as hashes. */
export class RekorTree {
  readonly #leaves: Buffer[] = [];

  get size(): number {
    return this.#leaves.length;
  }

  /** Appends an entry and returns its index. */
  append(entry: Uint8Array): number {
    return this.#leaves.push(hash(0, entry)) - 1;
  }

  root(): Buffer {
    return rootOf(this.#leaves);
  }

  /** The hashes that lead from one leaf to the root. */
  proof(index: number): Buffer[] {
    return pathOf(index, this.#leaves);
  }
}

function hash(prefix: 0 | 1, ...parts: readonly Uint8Array[]): Buffer {
  const sum = createHash("sha256").update(Buffer.from([prefix]));
  for (const part of parts) sum.update(part);
  return sum.digest();
}

/** The largest power of two below a number above one. */
function split(length: number): number {
  return 2 ** Math.floor(Math.log2(length - 1));
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash("sha256").digest();
  if (leaves.length === 1) return only;
  const at = split(leaves.length);
  return hash(1, rootOf(leaves.slice(0, at)), rootOf(leaves.slice(at)));
}

function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const at = split(leaves.length);
  return index < at
    ? [...pathOf(index, leaves.slice(0, at)), rootOf(leaves.slice(at))]
    : [...pathOf(index - at, leaves.slice(at)), rootOf(leaves.slice(0, at))];
}
