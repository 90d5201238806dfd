import { closeSync, fchmodSync, fsync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { asideOf, inFolder, unwritable } from "./files.ts";

/** A file that is on disk under a hidden name beside its own, and takes that with one rename. Commit it or discard it. */
export interface StagedFile {
  /** @throws CoreError FILE_UNWRITABLE */
  commit(): void;
  discard(): void;
}

const syncFile = promisify(fsync);

/**
 * Writes `data` beside `path`: all that takes room is done, and nothing is seen. Of several files that belong together all are
 * staged before the first is committed. Only the disk is waited for: the bytes reach the page cache before a thread would wake.
 * @throws CoreError FILE_UNWRITABLE
 */
export async function stageFile(path: string, data: Uint8Array | string, mode = 0o644): Promise<StagedFile> {
  const aside = asideOf(path);
  const file = openAside(aside, path, mode);
  const discard = (): void => {
    rmSync(aside, { force: true });
  };
  try {
    // The mode is what the caller says, not what the umask leaves of it.
    fchmodSync(file, mode);
    writeWhole(file, Buffer.from(data));
    await syncFile(file);
  } catch (cause) {
    discard();
    throw unwritable(path, cause);
  } finally {
    closeSync(file);
  }
  const commit = (): void => {
    try {
      renameSync(aside, path);
    } catch (cause) {
      throw unwritable(path, cause);
    }
  };
  return { commit, discard };
}

function openAside(aside: string, path: string, mode: number): number {
  try {
    return inFolder(aside, () => openSync(aside, "wx", mode));
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

/** {@link stageFile} for several at once: all of them, or none where one fails. @throws CoreError FILE_UNWRITABLE */
export async function stageFiles(
  files: Iterable<readonly [path: string, data: Uint8Array | string]>,
): Promise<StagedFile> {
  const outcomes = await Promise.allSettled(Array.from(files, ([path, data]) => stageFile(path, data)));
  const staged = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const discard = (): void => {
    for (const file of staged) file.discard();
  };
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) {
    discard();
    throw failed.reason;
  }
  return {
    commit: () => {
      for (const file of staged) file.commit();
    },
    discard,
  };
}

/** Writes `data` under `path`, replacing what stood there only when the new bytes are on disk. Makes parent folders. */
export async function writeFileAside(path: string, data: Uint8Array | string, mode = 0o644): Promise<void> {
  const staged = await stageFile(path, data, mode);
  try {
    staged.commit();
  } catch (error) {
    staged.discard();
    throw error;
  }
}
