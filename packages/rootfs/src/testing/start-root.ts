import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { createTarScanner } from "@apkmill/archive";
import { readPackageFile, readIndex, type IndexRecord, type InstalledPackage, type StoredPackage } from "@apkmill/apk";
import { compareBytes, defaultLimits, silentLogger, type Store } from "@apkmill/core";
import { loadAccountFiles } from "../account-files.ts";
import type { ChangePlan, RootChange } from "../change/change.ts";
import { openRoot } from "../change/open-root.ts";
import { planChange } from "../change/plan-change.ts";
import { writeChange } from "../change/write-change.ts";
import { readInstalled } from "../read-installed.ts";
import type { RealClient } from "./real-client.ts";
import { walkManifest } from "./walk-manifest.ts";

/** A root that the real client made, and two copies of it: one for the client to change, one for us. */
export interface TwinRoots {
  readonly theirs: string;
  readonly ours: string;
}

/** Installs `world` from a repository below `folder` into a new root, lets `edit` change it, and copies it. */
export function makeTwins(
  client: RealClient,
  folder: string,
  repository: string,
  world: readonly string[],
  edit: (root: string) => void = () => undefined,
): TwinRoots {
  const base = mkdtempSync(join(folder, "roots-"));
  const theirs = join(base, "theirs");
  mkdirSync(join(theirs, "etc/apk"), { recursive: true });
  writeFileSync(join(theirs, "etc/apk/arch"), "x86_64\n");
  const { status, stdout, stderr } = client(
    theirs,
    "--no-scripts",
    "--initdb",
    "-X",
    `/srv/${repository}`,
    "add",
    ...world,
  );
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  edit(theirs);
  const ours = join(base, "ours");
  execFileSync("cp", ["-a", theirs, ours]);
  return { theirs, ours };
}

/** What the client says that it did, line by line: `(1/2) Upgrading foo (1-r0 -> 2-r0)`. */
export function parseChanges(
  stdout: string,
): { readonly verb: string; readonly name: string; readonly version: string }[] {
  const line = /^\(\s*\d+\/\d+\) (\w+) (\S+) \((?:\S+ -> )?([^)]+)\)$/gm;
  return [...stdout.matchAll(line)].map(([, verb = "", name = "", version = ""]) => ({ verb, name, version }));
}

/** Does the same changes to our root: the packages come from the repository as the client's did. */
export async function changeAsThey(
  { store, folder, repository }: { readonly store: Store; readonly folder: string; readonly repository: string },
  root: string,
  stdout: string,
  { world, purge = false }: { readonly world: readonly string[]; readonly purge?: boolean },
): Promise<ChangePlan> {
  const packages: StoredPackage[] = [];
  const records = new Map<number, IndexRecord>();
  const changes: RootChange[] = [];
  const index = indexOf(folder, repository);
  for (const { verb, name, version } of parseChanges(stdout)) {
    if (verb === "Purging") {
      changes.push({ kind: "remove", name });
      continue;
    }
    const record = index.find((each) => each.name === name && each.version === version);
    if (record !== undefined) records.set(packages.length, record);
    changes.push({ kind: "install", package: packages.length, tag: "" });
    const path = join(folder, repository, "x86_64", `${name}-${version}.apk`);
    packages.push(await readPackageFile({ store, limits: defaultLimits }, path));
  }
  const env = { PATH: process.env["PATH"] };
  const ports = { store, limits: defaultLimits, env, signal: new AbortController().signal, log: silentLogger };
  const opened = await openRoot(ports, root, { owners: "apply" });
  if (opened === undefined) throw new Error("the root is empty");
  try {
    const accountFiles = await loadAccountFiles(ports, packages);
    const plan = planChange({ ...opened, changes, packages, records, accountFiles, world, arch: "x86_64", purge });
    await writeChange(ports, plan, packages, opened);
    return plan;
  } finally {
    await opened.close();
  }
}

function indexOf(folder: string, repository: string): readonly IndexRecord[] {
  const bytes = readFileSync(join(folder, repository, "x86_64/APKINDEX.tar.gz"));
  const { records } = readIndex(bytes, { limits: defaultLimits, what: repository });
  return records;
}

/** What two roots are compared by; the database and the client's own files are apart. */
export interface RootFacts {
  readonly tree: readonly string[];
  readonly installed: readonly InstalledPackage[];
  readonly world: string;
  readonly triggers: readonly string[];
  readonly scripts: readonly string[];
}

/** Facts of a root on the disk. Files of a directory, and lines of triggers, are put in our order: apk 2 has its own. */
export function factsOf(root: string): RootFacts {
  const database = (name: string): Buffer => readFileSync(join(root, "lib/apk/db", name));
  const installed = readInstalled(database("installed").toString("utf8"));
  return {
    tree: walkManifest(root)
      .filter((line) => !aside.test(line))
      .map(withoutTime),
    installed: installed.map((one) => ({
      ...one,
      // apk 2 has an order of its own, and writes all of it twice when it lays a package down again.
      replaces: [...new Set(one.replaces)].sort(compareBytes),
      directories: one.directories.map((each) => ({
        ...each,
        files: [...each.files].sort((a, b) => compareBytes(a.name, b.name)),
      })),
    })),
    world: readFileSync(join(root, "etc/apk/world"), "utf8"),
    triggers: database("triggers").toString("utf8").split("\n").sort(),
    scripts: scriptsIn(database("scripts.tar")),
  };
}

const aside = /\t\.\/(lib\/apk|var\/cache|dev|proc|tmp|etc\/apk\/world)(\/|\t)/;

/** The client sets no time on links. */
function withoutTime(line: string): string {
  return line.replace(/^(l(?:\t[^\t]*){4})\t[^\t]*/, "$1\t-");
}

function scriptsIn(archive: Buffer): string[] {
  const scripts: string[] = [];
  const tar = archive[0] === 0x1f ? gunzipSync(archive) : archive;
  const scanner = createTarScanner({
    // apk 2 gives them the time at which it writes; apk 3 and we that of the build.
    onEntry: ({ path, mode }) => scripts.push(`${path} ${mode.toString(8)} `),
    onContent: (chunk) => scripts.push(`${scripts.pop() ?? ""}${chunk.toString("utf8")}`),
    onEnd: () => undefined,
  });
  scanner.push(tar);
  return scripts.sort();
}
