import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { corpora } from "./corpora.ts";

/** What the real apk answered, one case each, as the corpora's README describes them. */

/** `apk add` in an empty root, over the two indexes of Alpine 3.19 or over repositories of the case's own. */
export interface AddCase {
  readonly add: readonly string[];
  /** 0: everything was installed. */
  readonly rc: number;
  /** `name-version` in the order of installation; empty where it failed. */
  readonly install: readonly string[];
  /** apk's message; "" where it succeeded. */
  readonly error: string;
  /** The records of each repository, as JSON; undefined for Alpine's. */
  readonly repositories: readonly (readonly GoldenRecord[])[] | undefined;
}

/** A record of a made-up repository. */
export interface GoldenRecord {
  readonly name: string;
  readonly version: string;
  readonly depends?: readonly string[];
  readonly provides?: readonly string[];
  readonly install_if?: readonly string[];
  readonly provider_priority?: number;
}

/** Two strings, and how apk orders them: `<`, `=`, `>`, or `invalid` where either is no version. */
export interface VersionCase {
  readonly versions: readonly [string, string];
  readonly order: string;
}

export type GoldenFile = { readonly path: string } & (
  | { readonly kind: "resolve" | "universe"; readonly cases: readonly AddCase[] }
  | { readonly kind: "versions"; readonly cases: readonly VersionCase[] }
);

/** The files of the corpora that bear on the resolver. */
export function corpusGoldens(): string[] {
  return ["resolve", "universe", "versions"].flatMap((folder) => goldenPaths(join(corpora, "golden", folder)));
}

/** The path itself, or all `.jsonl` and `.tsv` files in a folder and its folders, sorted; empty where there is nothing. */
export function goldenPaths(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(jsonl|tsv)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** The cases of a file, whose kind its first line shows; undefined where it holds no cases of these kinds. */
export function readGoldenFile(path: string): GoldenFile | undefined {
  const lines = readFileSync(path, "utf8").replace(/\n+$/, "").split("\n");
  const [first = ""] = lines;
  if (/^[^\t{]*\t[^\t]*\t(<|=|>|invalid)$/.test(first)) {
    return { path, kind: "versions", cases: lines.map(parseVersionCase) };
  }
  if (!isAddCase(first)) return undefined;
  const cases = lines.map(parseAddCase);
  return { path, kind: cases[0]?.repositories === undefined ? "resolve" : "universe", cases };
}

function parseVersionCase(line: string): VersionCase {
  const [a = "", b = "", order = ""] = line.split("\t");
  return { versions: [a, b], order };
}

interface AddCaseJson extends Omit<AddCase, "install" | "error"> {
  readonly install?: readonly string[];
  readonly changes?: readonly (readonly [string, string, string])[];
  readonly error?: string;
}

function isAddCase(line: string): boolean {
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === "object" && json !== null && "add" in json && "rc" in json;
  } catch {
    return false;
  }
}

function parseAddCase(line: string): AddCase {
  const { add, rc, install, changes = [], error = "", repositories } = JSON.parse(line) as AddCaseJson;
  return {
    add,
    rc,
    install: install ?? changes.map(([, name, version]) => `${name}-${version}`),
    error,
    repositories,
  };
}
