import { digestOf } from "@apkmill/core";
import { parentOf } from "../entry-path.ts";
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
