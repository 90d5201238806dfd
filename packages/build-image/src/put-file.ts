import { createHash } from "node:crypto";
import type { ImageTree } from "./image-tree.ts";
import { requirePlaceable } from "./placeable.ts";

/** Reads a file of the tree, following links; undefined when there is none. */
export type ReadFile = (path: string) => Promise<Buffer | undefined>;

/** The SHA-256 of a file of the tree, 64 hex digits, following links; undefined when there is none. */
export type HashFile = (path: string) => Promise<string | undefined>;

/** {@link ReadFile} as text. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** The hash of no bytes. */
export const emptySha256 = createHash("sha256").digest("hex");

/**
 * Writes a file of the image, through a link that stands there; owner and mode of a file that stands there stay.
 * `mtime` is in seconds; left out, it is that of all additions.
 * @throws ImageError IMAGE_PATH where a link leads into the package database, or round
 */
export function putFile(
  tree: ImageTree,
  path: string,
  text: string | Uint8Array,
  { mode = 0o644, mtime, reason }: { readonly mode?: number; readonly mtime?: number; readonly reason: string },
): void {
  const content = typeof text === "string" ? Buffer.from(text) : text;
  const real = tree.resolve(path) ?? "";
  // A package may have a link here; it must not decide what the image claims to hold.
  requirePlaceable(reason, real, path);
  const standing = tree.get(real);
  const kept = standing?.type === "file" || standing?.type === "hardlink" ? standing : undefined;
  tree.put(
    {
      path: real,
      type: "file",
      mode: kept?.mode ?? mode,
      uid: kept?.uid ?? 0,
      gid: kept?.gid ?? 0,
      uname: kept?.uname ?? "",
      gname: kept?.gname ?? "",
      ...(mtime === undefined ? {} : { mtime }),
      sizeBytes: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
      source: { kind: "generated", content },
    },
    reason,
  );
}
