import { createHash } from "node:crypto";
import type { InstalledPackage } from "@apkmill/apk";
import type { InstalledRoot, RootChange } from "../change/change.ts";
import type { RootView, StandingEntry } from "../change/root-view.ts";
import { ancestorsOf, baseNameOf, parentOf } from "../entry-path.ts";
import type { InstallPlan } from "../plan.ts";
import { readInstalled } from "../read-installed.ts";
import { textAt } from "./plan-of.ts";

/** What stands at one path of a made-up disk: text of a file, target of a link, or a directory's mode. */
export type Standing = string | { readonly link: string } | { readonly mode: number };

/** A disk that holds these paths, and the directories above them. */
export function viewOf(disk: Readonly<Record<string, Standing>>): RootView {
  const above = Object.keys(disk).flatMap(ancestorsOf);
  const all = new Map<string, Standing>([
    ...above.map((path) => [path, { mode: 0o755 }] as const),
    ...Object.entries(disk),
  ]);
  return {
    at: (path) => {
      const standing = all.get(path);
      return standing === undefined ? undefined : entryOf(standing);
    },
    namesIn: (folder) => [...all.keys()].filter((path) => parentOf(path) === folder && path !== "").map(baseNameOf),
    digestOf: (path, algorithm) => {
      const standing = all.get(path);
      return typeof standing === "string" ? createHash(algorithm).update(standing).digest("hex") : "";
    },
  };
}

function entryOf(standing: Standing): StandingEntry {
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0, sizeBytes: 0, linkPath: "" };
  if (typeof standing === "string") return { ...plain, type: "file", sizeBytes: Buffer.byteLength(standing) };
  if ("link" in standing) return { ...plain, type: "symlink", mode: 0o777, linkPath: standing.link };
  return { ...plain, type: "directory", mode: standing.mode };
}

/** A root that says of itself what a plan's database says. */
export function rootOf(packages: readonly InstalledPackage[], more: Partial<InstalledRoot> = {}): InstalledRoot {
  return {
    packages,
    scripts: new Map(),
    triggers: new Map(),
    scriptsForm: "scripts.tar",
    databaseFolder: "lib/apk/db",
    world: [],
    archs: ["x86_64"],
    protectedPaths: [],
    accounts: {},
    ...more,
  };
}

/** The packages that a plan installs, as its database has them. */
export function installedBy(plan: InstallPlan): InstalledPackage[] {
  return readInstalled(textAt(plan, "lib/apk/db/installed"));
}

/** Lays the package with this number. */
export function lays(index: number): RootChange {
  return { kind: "install", package: index, tag: "" };
}
