import { linkSync, utimesSync } from "node:fs";
import { copyFile, link, lutimes, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CoreError } from "./core-error.ts";
import type { Digest } from "./digest.ts";
import { asideOf, isSystemError, unwritable } from "./files.ts";
import { lookAt } from "./store-look.ts";
import { blobPath } from "./store-places.ts";
import { isSealed, isStale, sealWhenGood } from "./store-seal.ts";

/**
 * The file of a blob, or undefined when it is absent or not what its name says, or no file. A damaged one stays where it is until a good
 * one is renamed over it: to remove it here could hit the good one that another process has just put there.
 *
 * Looking is synchronous: a trip through the thread pool costs more than the call.
 */
export async function findBlob(root: string, digest: Digest): Promise<string | undefined> {
  const path = blobPath(root, digest);
  const found = lookAt(path);
  if (found === undefined) return undefined;
  if (!isSealed(digest, found)) return (await sealWhenGood(path, digest, Date.now())) ? path : undefined;
  if (isStale(found)) touch(path, found.mtimeMs);
  return path;
}

function touch(path: string, mtimeMs: number): void {
  try {
    utimesSync(path, Date.now() / 1000, mtimeMs / 1000);
  } catch (error) {
    // Another user's store: its owner decides what is old.
    if (!isSystemError(error)) throw error;
  }
}

/**
 * Trusts nothing under `root` that can be checked or made again, for a store from elsewhere: breaks the seal of every blob, so that
 * each is hashed before it is used, and drops the derived tables, which only say that they are whole.
 */
export async function distrustStore(root: string): Promise<void> {
  await rm(join(root, "derived"), { recursive: true, force: true });
  const folder = join(root, "blobs");
  const now = Date.now() / 1000;
  for (const name of await readdir(folder).catch(() => [])) await lutimes(join(folder, name), now, now);
}

/** Hard-links a blob to `path`, or copies it. @throws CoreError STORE_MISSING, FILE_UNWRITABLE */
export async function placeBlob(root: string, digest: Digest, path: string): Promise<void> {
  const source = await findBlob(root, digest);
  if (source === undefined) {
    throw new CoreError("STORE_MISSING", `${digest} is not in the store ${root}`, {
      hint: "run the command again to fetch it",
    });
  }
  if (isLinked(source, path)) return;
  const aside = asideOf(path);
  try {
    await linkOrCopy(source, aside);
    await rename(aside, path);
  } catch (cause) {
    throw isSystemError(cause) ? unwritable(path, cause) : cause;
  } finally {
    // rename(2) does nothing when both names are links to one inode; the spare name must still go.
    await rm(aside, { force: true }).catch(() => undefined);
  }
}

/** The usual case, without a way through the thread pool: nothing stands at `path`, or this very file. False where more is to be done. */
function isLinked(source: string, path: string): boolean {
  try {
    linkSync(source, path);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code !== "EEXIST") return false;
    const [ours, standing] = [lookAt(source), lookAt(path)];
    return ours !== undefined && ours.ino === standing?.ino && ours.dev === standing.dev;
  }
}

/** EXDEV: another file system. EPERM, EMLINK: the file system has no (more) hard links. A copy serves as well. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  await link(source, target).catch(async (cause: unknown) => {
    if (!isSystemError(cause) || !["EXDEV", "EPERM", "EMLINK", "ENOTSUP"].includes(cause.code)) throw cause;
    await copyFile(source, target);
  });
}
