import { createHash } from "node:crypto";
import { createReadStream, fstatSync, futimesSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";
import type { Digest } from "./digest.ts";
import { isSystemError } from "./files.ts";
import { entryFlags } from "./store-look.ts";
import { stampMs } from "./store-stamp.ts";

/**
 * The seal of a blob: a modification time that only the store gives, computed from the file's size, its inode and its name. Whatever
 * writes to the file sets another time; a copy or a file restored from an archive has another inode; so a blob that still
 * has this time is the file that was hashed. One look at the file tells, and no second file is needed. The access time says when
 * the blob was last used, to the hour.
 */

const firstSecond = Date.UTC(2001, 0, 1) / 1000;
const seconds = 2 ** 29;

type Identity = Pick<Stats, "size" | "ino">;

/** Seconds since the epoch, between 2001 and 2018: no clock of today gives it. */
function sealOf(digest: Digest, { size, ino }: Identity): number {
  const sum = createHash("sha1")
    .update(`${digest} ${String(size)} ${String(ino)}`)
    .digest();
  return firstSecond + (sum.readUInt32LE(0) % seconds);
}

/** True for the file of a blob that nobody has touched since it was hashed. */
export function isSealed(digest: Digest, found: Stats): boolean {
  return found.isFile() && found.mtimeMs === sealOf(digest, found) * 1000;
}

/** Seals the open file of a blob that has just been hashed. Where the system refuses, it is hashed again next time: no more is lost. */
export function sealFile(file: number, digest: Digest, usedMs = Date.now()): void {
  try {
    futimesSync(file, usedMs / 1000, sealOf(digest, fstatSync(file)));
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** Says that a sealed blob is in use, where that was not said for an hour. */
export function isStale({ atimeMs }: Stats): boolean {
  return Date.now() - atimeMs > stampMs;
}

/**
 * Hashes the file of a blob and seals it when it is what its name says; `usedMs` becomes the time of its last use. False for any other
 * file, for what is no file, and for one that cannot be read or changes meanwhile.
 */
export async function sealWhenGood(path: string, digest: Digest, usedMs: number): Promise<boolean> {
  const handle = await open(path, entryFlags).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const before = fstatSync(handle.fd);
    if (!before.isFile()) return false;
    const sum = createHash("sha256");
    const content = createReadStream(path, { fd: handle.fd, autoClose: false, start: 0, highWaterMark: 1 << 20 });
    for await (const chunk of content) sum.update(chunk as Buffer);
    const after = fstatSync(handle.fd);
    if (`sha256:${sum.digest("hex")}` !== digest || after.mtimeMs !== before.mtimeMs) return false;
    sealFile(handle.fd, digest, usedMs);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  } finally {
    await handle.close();
  }
}
