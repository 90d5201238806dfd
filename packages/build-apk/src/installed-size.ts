import type { TreeEntry } from "./package-tree.ts";

/** What a directory takes on the file systems that most packages are installed to. */
const directoryBytes = 4096;

/**
 * The installed size that `.PKGINFO` states: files, the text of links, 4096 for each directory with the root among them. The
 * constant keeps it the same on every builder; melange asks the builder's file system. A hard link counts like a file, as in
 * the packages that melange makes of the same tree.
 */
export function installedSize(entries: readonly TreeEntry[]): number {
  const sizes = new Map<string, number>();
  let total = directoryBytes;
  for (const entry of entries) {
    const bytes = sizeOf(entry, sizes);
    sizes.set(entry.path, bytes);
    total += bytes;
  }
  return total;
}

function sizeOf(entry: TreeEntry, sizes: ReadonlyMap<string, number>): number {
  switch (entry.type) {
    case "file":
      return entry.sizeBytes;
    case "hardlink":
      return sizes.get(entry.linkPath) ?? 0;
    case "symlink":
      return Buffer.byteLength(entry.linkPath);
    case "directory":
      return directoryBytes;
    case "character":
    case "block":
    case "fifo":
      return 0;
  }
}
