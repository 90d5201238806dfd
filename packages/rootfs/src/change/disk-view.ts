import { createHash } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from "node:fs";
import { isSystemError } from "@apkmill/core";
import { unwritable } from "../disk-ground.ts";
import type { RootView, StandingEntry } from "./root-view.ts";

/**
 * What stands below `root` on the disk. Every path is asked for once; no link is followed, as the paths that are asked for
 * have none on the way.
 * @throws RootfsError ROOTFS_UNWRITABLE from its functions, for what cannot be read
 */
export function viewDisk(root: string): RootView {
  const seen = new Map<string, StandingEntry | undefined>();
  const at = (path: string): StandingEntry | undefined => {
    if (seen.has(path)) return seen.get(path);
    const found = reading(path, () => lookAt(`${root}/${path}`), undefined);
    seen.set(path, found);
    return found;
  };
  return {
    at,
    namesIn: (path) =>
      at(path)?.type === "directory" ? reading(path, () => readdirSync(`${root}/${path}`).sort(), []) : [],
    digestOf: (path, algorithm) =>
      at(path)?.type === "file" ? reading(path, () => hashFile(`${root}/${path}`, algorithm), "") : "",
  };
}

function reading<T>(path: string, look: () => T, absent: T): T {
  try {
    return look();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return absent;
    throw unwritable(path, cause);
  }
}

function lookAt(target: string): StandingEntry {
  const stat = lstatSync(target);
  const type = typeOf(stat);
  const { uid, gid, size } = stat;
  const device = type === "character" || type === "block" ? { device: deviceOf(stat.rdev) } : {};
  const linkPath = type === "symlink" ? readlinkSync(target) : "";
  return {
    type,
    mode: stat.mode & 0o7777,
    uid,
    gid,
    mtime: Math.floor(stat.mtimeMs / 1000),
    sizeBytes: size,
    linkPath,
    ...device,
  };
}

/** A socket is taken for a fifo: no package has either there, and both are replaced alike. */
function typeOf(stat: Stats): StandingEntry["type"] {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  if (stat.isSymbolicLink()) return "symlink";
  if (stat.isCharacterDevice()) return "character";
  return stat.isBlockDevice() ? "block" : "fifo";
}

/** Linux's split of a device number. */
function deviceOf(number: number): { readonly major: number; readonly minor: number } {
  const high = Math.floor(number / 2 ** 32);
  const major = ((number >>> 8) & 0xfff) | (high & 0xfffff000);
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  return { major, minor };
}

function hashFile(target: string, algorithm: string): string {
  const file = openSync(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const hash = createHash(algorithm);
    const chunk = Buffer.allocUnsafe(1 << 16);
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk))
      hash.update(chunk.subarray(0, count));
    return hash.digest("hex");
  } finally {
    closeSync(file);
  }
}
