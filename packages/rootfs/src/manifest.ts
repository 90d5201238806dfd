import type { PlannedEntry } from "./plan.ts";

/**
 * The plan, with its hashes, as text, one line for each path, tab separated: type, mode (octal), uid, gid, size, mtime, sha256, `./path`,
 * link. Types as `find` prints them: f d l c b p. A directory has neither size nor time; a device has `major,minor` as
 * size; a hard link is a file like the other names and has the first of them as its link. It carries the owners where the
 * disk cannot. No field holds a tab or line break: the plan refuses them.
 */
export function planManifest(entries: readonly PlannedEntry[]): string {
  return entries.map((entry) => `${manifestFields(entry).join("\t")}\n`).join("");
}

function manifestFields(entry: PlannedEntry): (string | number)[] {
  const { mode, uid, gid, path, linkPath } = entry;
  return [letterOf(entry), mode.toString(8), uid, gid, ...bodyOf(entry), `./${path}`, linkPath];
}

function letterOf({ type }: PlannedEntry): string {
  return { file: "f", hardlink: "f", symlink: "l", directory: "d", character: "c", block: "b", fifo: "p" }[type];
}

function bodyOf({ type, sizeBytes, mtime, sha256, linkPath, device }: PlannedEntry): (string | number)[] {
  switch (type) {
    case "file":
    case "hardlink":
      return [sizeBytes, mtime, sha256];
    case "symlink":
      return [Buffer.byteLength(linkPath), mtime, "-"];
    case "character":
    case "block":
      return [`${device?.major ?? 0},${device?.minor ?? 0}`, mtime, "-"];
    case "fifo":
      return ["-", mtime, "-"];
    case "directory":
      return ["-", "-", "-"];
  }
}
