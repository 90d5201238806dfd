import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeIndex } from "../index-file.ts";
import type { Repository } from "../repository.ts";
import { lacking, packagesIn } from "./corpora.ts";

/** The other implementation: apk-tools 2.14 of the Alpine corpus, asked what it would do. It changes nothing. */
const alpine = "alpine-3.19-x86_64/apks/x86_64";

/** For a test's `skip`: why the client cannot run here, or false. */
export const noSimulatingClient: string | false =
  lacking(alpine) ||
  (process.arch === "x64" ? false : "needs an x86_64 machine") ||
  (spawnSync("tar", ["--version"]).error === undefined ? false : "needs tar");

export interface SimulatedRoot {
  /** Text of its database. */
  readonly installed: string;
  readonly world: readonly string[];
  /** Lines of its `etc/apk/repositories`. */
  readonly repositories: readonly string[];
}

/** What it would do, in order, in the words of `changesOf`; "none" where it refuses. */
export type SimulatingClient = (root: SimulatedRoot, command: readonly string[]) => string;

/** Unpacks the client below `folder`, where it also makes its roots. */
export function openSimulatingClient(folder: string): SimulatingClient {
  const home = join(folder, "client");
  mkdirSync(home, { recursive: true });
  const wanted = /\/(apk-tools|musl|libcrypto3|libssl3|zlib)-\d/;
  for (const path of packagesIn(alpine).filter((candidate) => wanted.test(candidate))) {
    execFileSync("tar", ["-C", home, "-xzf", path], { stdio: "ignore" });
  }
  const libraries = `${join(home, "lib")}:${join(home, "usr/lib")}`;
  const client = [join(home, "lib/ld-musl-x86_64.so.1"), "--library-path", libraries, join(home, "sbin/apk")] as const;
  const root = join(folder, "root");
  return (wanted, [applet = "", ...words]) => {
    layRoot(root, wanted);
    const [loader, ...before] = client;
    const options = ["--root", root, "--allow-untrusted", "--simulate", "--no-network", "--no-cache"];
    const run = spawnSync(loader, [...before, applet, ...options, ...words], { encoding: "utf8" });
    // The status also counts what is broken in the root.
    return run.stderr.includes("ERROR:") ? "none" : readChanges(run.stdout);
  };
}

function layRoot(root: string, { installed, world, repositories }: SimulatedRoot): void {
  rmSync(root, { recursive: true, force: true });
  for (const path of ["etc/apk", "lib/apk/db", "var/cache/apk", "tmp"])
    mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, "etc/apk/arch"), "x86_64\n");
  writeFileSync(join(root, "etc/apk/world"), `${world.join("\n")}\n`);
  writeFileSync(join(root, "etc/apk/repositories"), `${repositories.join("\n")}\n`);
  writeFileSync(join(root, "lib/apk/db/installed"), installed);
}

/** Writes an unsigned repository below `folder`; returns its line. */
export async function layRepository(folder: string, { tag, location, records }: Repository): Promise<string> {
  const place = join(folder, location);
  mkdirSync(join(place, "x86_64"), { recursive: true });
  const marked = records.map((record) => ({ ...record, arch: record.arch === "" ? "x86_64" : record.arch }));
  writeFileSync(join(place, "x86_64/APKINDEX.tar.gz"), await encodeIndex(marked, { keys: [], description: "" }));
  return `${tag === "" ? "" : `@${tag} `}${place}`;
}

function readChanges(output: string): string {
  const lines = [...output.matchAll(/^\( *\d+\/\d+\) (\S+(?: pinning)?) (\S+) \((.*)\)$/gm)];
  return lines.map(([, word = "", name = "", versions = ""]) => describe(word, name, versions)).join("; ") || "nothing";
}

function describe(word: string, tagged: string, versions: string): string {
  const [name = "", tag = ""] = tagged.split("@");
  const [before = "", after = ""] = versions.split(" -> ");
  switch (word) {
    case "Upgrading":
    case "Downgrading":
    case "Replacing":
      return `${kinds[word]} ${name}-${before} to ${name}-${after}`;
    case "Updating pinning":
      return `repin ${name}-${before} to ${tag || "no tag"}`;
    default:
      return `${kinds[word] ?? word} ${name}-${before}`;
  }
}

const kinds: Readonly<Record<string, string>> = {
  Installing: "install",
  Upgrading: "upgrade",
  Downgrading: "downgrade",
  Replacing: "replace",
  Purging: "remove",
  Reinstalling: "reinstall",
};
