import { defaultLimits, requireWithin, type Limits } from "@apkmill/core";
import {
  unsaidDirectory,
  unsaidFile,
  type InstalledDirectory,
  type InstalledFile,
  type InstalledOwner,
  type InstalledPackage,
} from "@apkmill/apk";
import { RootfsError } from "./rootfs-error.ts";

/**
 * Reads the text of an installed database: apk 2's, apk 3's and apko's (which writes empty fields, `i:[]` and modes of four
 * digits). Fields may come in any order before the first `F:`; list fields accumulate; unknown letters are passed over.
 *
 * @throws RootfsError ROOTFS_BAD_DATABASE with the line; CoreError LIMIT_EXCEEDED
 */
export function readInstalled(text: string, { limits = defaultLimits }: { limits?: Limits } = {}): InstalledPackage[] {
  requireWithin("characters of the installed database", text.length, limits.indexBytes, "indexBytes");
  const packages: InstalledPackage[] = [];
  let draft: Draft | undefined;
  let line = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    line += 1;
    if (end === start) {
      if (draft !== undefined) packages.push(finish(draft, line));
      draft = undefined;
    } else {
      draft ??= beginDraft();
      readLine(draft, text.slice(start, end), line);
    }
    start = end + 1;
  }
  if (draft !== undefined) packages.push(finish(draft, line));
  return packages;
}

interface Draft {
  readonly fields: Map<string, string>;
  readonly directories: (Omit<InstalledDirectory, "files"> & { readonly files: Mutable<InstalledFile>[] })[];
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function beginDraft(): Draft {
  return { fields: new Map(), directories: [] };
}

function readLine(draft: Draft, line: string, number: number): void {
  if (line[1] !== ":") throw badLine(number, line, "a letter and a colon");
  const letter = line.charAt(0);
  const value = line.slice(2);
  const directory = draft.directories.at(-1);
  const file = directory?.files.at(-1);
  if (letter === "F") draft.directories.push({ path: requireInside(value, number), ...unsaidDirectory, files: [] });
  else if (letter === "M") Object.assign(required(directory, number, line, "F:"), readOwner(value, number));
  else if (letter === "R")
    required(directory, number, line, "F:").files.push({
      name: requireName(value, number),
      ...unsaidFile,
      checksum: "",
    });
  else if (letter === "a") Object.assign(required(file, number, line, "R:"), readOwner(value, number));
  else if (letter === "Z") required(file, number, line, "R:").checksum = value;
  else draft.fields.set(letter, lists.has(letter) ? joined(draft.fields.get(letter), value) : value);
}

/** Whoever wrote the database must not send a change of the root out of it. */
function requireInside(path: string, number: number): string {
  if (path !== "") for (const name of path.split("/")) requireName(name, number);
  return path;
}

function requireName(name: string, number: number): string {
  if (name !== "" && name !== "." && name !== ".." && !name.includes("/") && !name.includes("\0")) return name;
  throw badLine(number, name, "a path below the root");
}

const lists = new Set(["D", "p", "i", "r"]);

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before} ${value}`;
}

function required<T>(value: T | undefined, number: number, line: string, before: string): T {
  if (value === undefined) throw badLine(number, line, `${before} before it`);
  return value;
}

function readOwner(text: string, number: number): InstalledOwner {
  const match = /^(\d{1,10}):(\d{1,10}):([0-7]{1,7})(?::(.*))?$/.exec(text);
  if (match === null) throw badLine(number, text, "uid:gid:mode");
  const [, uid, gid, mode, xattrDigest] = match;
  return { uid: Number(uid), gid: Number(gid), mode: parseInt(mode ?? "", 8), xattrDigest: xattrDigest ?? "" };
}

function finish({ fields, directories }: Draft, line: number): InstalledPackage {
  const text = (letter: string): string => fields.get(letter) ?? "";
  const count = (letter: string): number => readCount(text(letter), letter, line);
  if (text("P") === "" || text("V") === "") throw badLine(line, "", "P: and V: in the record that ends here");
  return {
    checksum: text("C"),
    name: text("P"),
    version: text("V"),
    arch: text("A"),
    description: text("T"),
    url: text("U"),
    license: text("L"),
    origin: text("o"),
    maintainer: text("m"),
    commit: text("c"),
    buildTime: count("t"),
    sizeBytes: count("S"),
    installedSizeBytes: count("I"),
    providerPriority: count("k"),
    depends: items(text("D")),
    provides: items(text("p")),
    installIf: items(text("i")),
    ...(text("g") === "" ? {} : { tags: items(text("g")) }),
    replaces: items(text("r")),
    replacesPriority: count("q"),
    tag: text("s"),
    flags: text("f"),
    directories,
  };
}

/** apko prints a list as Go does, in brackets: `i:[]`, `i:[a b]`. */
function items(text: string): string[] {
  return text
    .replace(/^\[(.*)\]$/s, "$1")
    .split(" ")
    .filter((item) => item !== "");
}

function readCount(text: string, letter: string, line: number): number {
  if (text === "") return 0;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw badLine(line, `${letter}:${text}`, "a number in the record that ends here");
  return count;
}

function badLine(line: number, found: string, expected: string): RootfsError {
  const shown = found === "" ? "none" : JSON.stringify(found.slice(0, 100));
  return new RootfsError(
    "ROOTFS_BAD_DATABASE",
    `cannot read the installed database: expected ${expected}, found ${shown}`,
    {
      hint: "restore the database, or install the packages anew",
      context: { file: "installed", line },
    },
  );
}
