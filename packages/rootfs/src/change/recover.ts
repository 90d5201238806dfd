import { constants, readFileSync, rmSync } from "node:fs";
import { isSystemError } from "@apkmill/core";
import { at, type Ground } from "../disk-ground.ts";
import { parseJournal } from "./journal.ts";
import { replay } from "./replay.ts";

/** The note of a change on its way, beside the database. */
export const journalName = ".apkmill-journal";

/**
 * Finishes the change of a run that was killed after it had written everything beside its place. Returns whether there was
 * one. A note that is damaged, or that another change of the root has overtaken, is removed.
 * @throws RootfsError ROOTFS_UNWRITABLE, ROOTFS_BAD_PARENT
 */
export function finishInterrupted(ground: Ground, databasePath: string): boolean {
  const path = `${databasePath}/${journalName}`;
  const text = readOwn(ground, path);
  if (text === undefined) return false;
  const journal = parseJournal(text.toString("utf8"), readOwn(ground, `${databasePath}/installed`) ?? Buffer.alloc(0));
  if (journal !== undefined) replay(ground, journal.steps);
  at(ground, path, (target) => {
    rmSync(target, { force: true });
  });
  return journal !== undefined;
}

function readOwn({ folder }: Ground, path: string): Buffer | undefined {
  try {
    return readFileSync(`${folder}/${path}`, { flag: constants.O_RDONLY | constants.O_NOFOLLOW });
  } catch (cause) {
    if (isSystemError(cause) && ["ENOENT", "ELOOP"].includes(cause.code)) return undefined;
    throw cause;
  }
}
