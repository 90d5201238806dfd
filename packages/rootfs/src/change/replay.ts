import { chmodSync, chownSync, lstatSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { isSystemError } from "@apkmill/core";
import { at, type Ground } from "../disk-ground.ts";
import { parentOf } from "../entry-path.ts";
import { RootfsError } from "../rootfs-error.ts";
import type { JournalStep } from "./journal.ts";

/** Does the steps, those again that were done before. @throws RootfsError ROOTFS_UNWRITABLE, ROOTFS_BAD_PARENT */
export function replay(ground: Ground, steps: readonly JournalStep[]): void {
  const known = new Set([""]);
  for (const step of steps) {
    if (!stands(ground, known, parentOf(step[1]))) continue;
    at(ground, step[1], (target) => {
      doStep(ground, step, target);
    });
  }
}

function doStep({ folder, owners }: Ground, step: JournalStep, target: string): void {
  switch (step[0]) {
    case "delete":
      if (typeAt(target) === "other") unlinkSync(target);
      break;
    case "rename":
      if (typeAt(target) !== "nothing") renameSync(target, `${folder}/${step[2]}`);
      break;
    case "rmdir":
      removeEmpty(target);
      break;
    case "settle":
      if (typeAt(target) !== "directory") break;
      if (owners === "apply") chownSync(target, step[3], step[4]);
      chmodSync(target, step[2]);
  }
}

function typeAt(target: string): "nothing" | "directory" | "other" {
  const stat = lstatSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return "nothing";
  return stat.isDirectory() ? "directory" : "other";
}

/** A directory that is in use, or not empty after all, stays. */
function removeEmpty(target: string): void {
  try {
    rmdirSync(target);
  } catch (cause) {
    if (!isSystemError(cause) || !["ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR", "EBUSY"].includes(cause.code))
      throw cause;
  }
}

/**
 * Whether every directory on the way is there. A link among them is refused: the plan has none, so somebody put it there to
 * lead the change elsewhere. @throws RootfsError ROOTFS_BAD_PARENT
 */
export function stands({ folder }: Pick<Ground, "folder">, known: Set<string>, directory: string): boolean {
  if (known.has(directory)) return true;
  if (!stands({ folder }, known, parentOf(directory))) return false;
  const stat = lstatSync(`${folder}/${directory}`, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (!stat.isDirectory()) {
    throw new RootfsError("ROOTFS_BAD_PARENT", `cannot change what is in ${directory}: it is no directory any more`, {
      hint: "see that nothing else changes the root, and run it again",
      context: { path: directory },
    });
  }
  known.add(directory);
  return true;
}
