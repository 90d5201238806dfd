import type { FileFacts, TreeEntry } from "../package-tree.ts";

const emptyFacts: FileFacts = { diskPath: "/nonexistent", head: Buffer.alloc(0), elf: undefined };

const plain = {
  uid: 0,
  gid: 0,
  uname: "root",
  gname: "root",
  sizeBytes: 0,
  mtime: 0,
  linkPath: "",
  xattrs: new Map<string, Uint8Array>(),
  pax: new Map<string, string>(),
};

/** A regular file of a made-up tree. */
export function fileEntry(path: string, more: Partial<TreeEntry> = {}): TreeEntry {
  return { ...plain, path, type: "file", mode: 0o644, file: emptyFacts, ...more };
}

/** A directory of a made-up tree. */
export function folderEntry(path: string, more: Partial<TreeEntry> = {}): TreeEntry {
  return { ...plain, path, type: "directory", mode: 0o755, ...more };
}

/** A symbolic link of a made-up tree. */
export function linkEntry(path: string, linkPath: string): TreeEntry {
  return { ...plain, path, type: "symlink", mode: 0o777, linkPath };
}
