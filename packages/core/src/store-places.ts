import { join, sep } from "node:path";
import { digestOf, hexOf, type Digest } from "./digest.ts";

/** Where things stand in a store: see the layout in store.ts. One folder for each kind: file systems of today have no trouble with it. */

export const storeFolders = ["blobs", "facts", "tmp"] as const;

export function blobPath(root: string, digest: Digest): string {
  return join(root, "blobs", hexOf(digest));
}

export function factPath(root: string, kind: string, key: string): string {
  return join(root, "facts", kind, hexOf(digestOf(key)));
}

export function derivedPath(root: string, kind: string, key: string): string {
  return join(root, "derived", kind, hexOf(digestOf(key)));
}

/** Kind and name of a fact or a table, which its file holds as well: whoever finds it by `path` sees that it belongs there. */
export function placeOf(path: string): string {
  return path.slice(path.lastIndexOf(sep, path.lastIndexOf(sep) - 1) + 1);
}
