import { createHash } from "node:crypto";

/** The Merkle tree of RFC 6962 §2.1 over leaf hashes. Whole trees are hashed anew: these logs are short. */

/** The hash of an entry. */
export function leafHash(entry: Uint8Array): Buffer {
  return hash(Buffer.from([0]), entry);
}

/** The hash of the whole tree. */
export function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 0) return hash();
  if (leaves.length === 1 && only !== undefined) return only;
  const middle = splitOf(leaves.length);
  return hash(Buffer.from([1]), treeHash(leaves.slice(0, middle)), treeHash(leaves.slice(middle)));
}

/** The hashes that lead from the leaf at `index` to the root, lowest first. */
export function inclusionPath(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const middle = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return index < middle
    ? [...inclusionPath(index, left), treeHash(right)]
    : [...inclusionPath(index - middle, right), treeHash(left)];
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}

function hash(...parts: readonly Uint8Array[]): Buffer {
  const sha256 = createHash("sha256");
  for (const part of parts) sha256.update(part);
  return sha256.digest();
}
