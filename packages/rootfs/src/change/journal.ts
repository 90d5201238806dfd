import { digestOf, isSystemError } from "@apkmill/core";
import { chmodSync, lstatSync, renameSync, rmdirSync, unlinkSync, chownSync } from "node:fs";
import { at, type Ground } from "../disk-ground.ts";
import { parentOf } from "../entry-path.ts";
import { RootfsError } from "../rootfs-error.ts";
import type { RootAction } from "./change.ts";
import type { Staging } from "./staging.ts";

/**
 * What is left to do once everything is written beside its place. It is noted in the root before the first step is done; a
 * run that finds the note of a killed one does the steps again. Each does nothing where it was done already.
 */
export interface Journal {
  /** SHA-256 of the database text before and after: with any other the note is out of date. */
  readonly before: string;
  readonly after: string;
  readonly steps: readonly JournalStep[];
}

/** Paths are physical and relative to the root. */
export type JournalStep =
  | readonly ["delete", path: string]
  | readonly ["rename", from: string, to: string]
  | readonly ["rmdir", path: string]
  | readonly ["settle", path: string, mode: number, uid: number, gid: number];

/** The steps of a plan in the order of its actions. */
export function stepsOf(actions: readonly RootAction[], { renames }: Pick<Staging, "renames">): JournalStep[] {
  const sources = new Map(renames.map(({ from, to }) => [to, from]));
  const files = actions.flatMap((action) => stepOf(action, sources));
  // What stands where a new directory goes is deleted before.
  return [...files.filter(([kind]) => kind === "delete"), ...files.filter(([kind]) => kind !== "delete")];
}

function stepOf(action: RootAction, sources: ReadonlyMap<string, string>): JournalStep[] {
  const { path } = action;
  switch (action.kind) {
    case "make-directory":
    case "write": {
      const from = sources.get(path);
      return from === undefined ? [] : [["rename", from, path]];
    }
    case "delete":
      return [["delete", path]];
    case "remove-directory":
      return [["rmdir", path]];
    case "settle-directory":
      return [["settle", path, action.mode, action.uid, action.gid]];
    case "keep":
      return [];
  }
}

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

/** The journal as text. */
export function formatJournal(journal: Journal): string {
  return `${JSON.stringify(journal)}\n`;
}

/** The journal in a text, or undefined where it is not one, or not one for this database. */
export function parseJournal(text: string, database: Uint8Array): Journal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("before" in value && "after" in value && "steps" in value))
    return undefined;
  const { before, after, steps } = value;
  if (typeof before !== "string" || typeof after !== "string" || !Array.isArray(steps) || !steps.every(isStep))
    return undefined;
  return [before, after].includes(digestOf(database)) ? { before, after, steps } : undefined;
}

const shapes: Readonly<Record<string, readonly string[]>> = {
  delete: ["string", "string"],
  rename: ["string", "string", "string"],
  rmdir: ["string", "string"],
  settle: ["string", "string", "number", "number", "number"],
};

function isStep(value: unknown): value is JournalStep {
  if (!Array.isArray(value)) return false;
  const shape = shapes[String(value[0])];
  const hasShape = shape?.length === value.length && shape.every((type, index) => typeof value[index] === type);
  return hasShape && value.slice(1).every((part) => typeof part !== "string" || isInside(part)) && staysBeside(value);
}

function staysBeside([kind, from, to]: readonly unknown[]): boolean {
  return kind !== "rename" || parentOf(String(from)) === parentOf(String(to));
}

/** A note that leads out of the root was not written by us. */
function isInside(path: string): boolean {
  return !path.split("/").some((name) => name === "" || name === "." || name === "..");
}
