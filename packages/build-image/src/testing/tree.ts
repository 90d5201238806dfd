import { createHash } from "node:crypto";
import type { PlannedEntry } from "@apkmill/rootfs";
import { ImageTree } from "../image-tree.ts";

const plain: Omit<PlannedEntry, "path" | "type" | "mode"> = {
  uid: 0,
  gid: 0,
  uname: "root",
  gname: "root",
  mtime: 1_600_000_000,
  sizeBytes: 0,
  linkPath: "",
  xattrs: new Map(),
  sha256: "",
  source: { kind: "package", package: 0, entry: 0 },
  reason: "pkg-1-r0",
};

/** A tree of packages' entries: `path/` is a directory, `a -> b` a symbolic link, `a = b` a hard link, other texts files. */
export function treeOf(...texts: string[]): ImageTree {
  return new ImageTree(texts.map(entryOf), 0);
}

function entryOf(text: string): PlannedEntry {
  const [link, target = ""] = text.split(" -> ");
  if (link !== undefined && link !== text)
    return { ...plain, path: link, type: "symlink", mode: 0o777, linkPath: target };
  const [name, first = ""] = text.split(" = ");
  if (name !== undefined && name !== text)
    return { ...plain, path: name, type: "hardlink", mode: 0o644, linkPath: first, sha256: hashOf(first) };
  if (text.endsWith("/")) return { ...plain, path: text.slice(0, -1), type: "directory", mode: 0o755 };
  return { ...plain, path: text, type: "file", mode: 0o644, sha256: hashOf(text) };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** `type mode uid:gid path link`, for what a test looks at. */
export function lineOf(tree: ImageTree, path: string): string {
  const entry = tree.get(path);
  if (entry === undefined) return "nothing";
  const { type, mode, uid, gid, linkPath } = entry;
  return `${type} ${mode.toString(8)} ${String(uid)}:${String(gid)}${linkPath === "" ? "" : ` ${linkPath}`}`;
}

/** The text of a generated file. */
export function textOf(tree: ImageTree, path: string): string {
  const source = tree.get(path)?.source;
  return source?.kind === "generated" ? Buffer.from(source.content).toString("utf8") : "not generated";
}
