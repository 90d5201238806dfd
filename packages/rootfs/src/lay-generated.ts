import { hash } from "node:crypto";
import { baseNameOf, joinPath, parentOf } from "./entry-path.ts";
import { nobody } from "./install-tree.ts";
import type { Laying } from "./laying.ts";
import { makeDirectory } from "./make-directory.ts";
import { RootfsError } from "./rootfs-error.ts";

/**
 * Puts a generated file on the tree: 0644, root's, with missing directories. A package's file there is replaced, or kept
 * with `"unless-brought"`. Returns the physical path.
 * @throws RootfsError ROOTFS_CONFLICT over a directory, ROOTFS_BAD_PARENT
 */
export function layGenerated(
  laying: Laying,
  wanted: string,
  text: string | Uint8Array,
  what: string,
  when: "always" | "unless-brought" = "always",
): string {
  const reason = `generated: ${what}`;
  const path = joinPath(makeDirectory(laying, reason, parentOf(wanted)), baseNameOf(wanted));
  const standing = laying.tree.at(path);
  if (standing?.type === "directory") throw inTheWay(path, what, standing.reason);
  if (standing !== undefined && when === "unless-brought") return path;
  const content = typeof text === "string" ? Buffer.from(text) : text;
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root" };
  const body = { sizeBytes: content.byteLength, linkPath: "", xattrs: new Map<string, Uint8Array>() };
  const sums = { sha1: hash("sha1", content), sha256: hash("sha256", content) };
  const attributes = { mode: 0o644, ...owner, mtime: laying.mtime, ...body, ...sums };
  laying.tree.put(path, { type: "file", owner: nobody, entry: nobody, attributes, reason, content });
  return path;
}

function inTheWay(path: string, what: string, owner: string): RootfsError {
  return new RootfsError("ROOTFS_CONFLICT", `cannot write the ${what} to ${path}: ${owner} has a directory there`, {
    hint: `leave out ${owner}`,
    context: { package: owner, path },
  });
}
