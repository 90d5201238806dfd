import { createHash } from "node:crypto";
import type { PackageControl, PackageEntry, ScriptName, StoredPackage } from "@apkmill/apk";
import { digestOf } from "@apkmill/core";
import { ancestorsOf } from "../entry-path.ts";

/** A package for tests of the plan: control, facts and scripts, without blobs. */
export interface BuiltPackage {
  readonly name: string;
  readonly version?: string;
  readonly control?: Partial<PackageControl>;
  readonly entries?: readonly PackageEntry[];
  readonly scripts?: Readonly<Partial<Record<ScriptName, string>>>;
}

/** A stored package as the fetcher would describe it. Nothing is added to `entries`. */
export function buildPackage({
  name,
  version = "1-r0",
  control,
  entries = [],
  scripts = {},
}: BuiltPackage): StoredPackage {
  const identity = `Q1${createHash("sha1").update(`${name}-${version}`).digest("base64")}`;
  return {
    format: "v2",
    identity,
    control: { ...plainControl, name, version, ...control },
    scripts: new Map(Object.entries(scripts).map(([key, body]) => [asScriptName(key), Buffer.from(body)])),
    data: { digest: digestOf(`data of ${name}`), sizeBytes: 1000 },
    apkSizeBytes: 1500,
    contents: { diffId: digestOf(`tar of ${name}`), unpackedSizeBytes: 2000, entries },
  };
}

/** The same with every directory above the entries listed before them, as packers do. */
export function packageOf(
  name: string,
  entries: readonly PackageEntry[],
  control: Partial<PackageControl> = {},
): StoredPackage {
  const listed = new Set(entries.filter(({ type }) => type === "directory").map(({ path }) => path));
  const all = entries.flatMap((entry) => {
    const missing = ancestorsOf(entry.path).filter((path) => !listed.has(path));
    for (const path of missing) listed.add(path);
    return [...missing.map((path) => directory(path)), entry];
  });
  return buildPackage({ name, control, entries: all });
}

export function directory(path: string, more: Partial<PackageEntry> = {}): PackageEntry {
  return { ...plainEntry, path, type: "directory", mode: 0o755, ...more };
}

export function file(path: string, content = path, more: Partial<PackageEntry> = {}): PackageEntry {
  const hash = (algorithm: string): string => createHash(algorithm).update(content).digest("hex");
  const sizeBytes = Buffer.byteLength(content);
  return { ...plainEntry, path, type: "file", sizeBytes, sha1: hash("sha1"), sha256: hash("sha256"), ...more };
}

export function symlink(path: string, linkPath: string, more: Partial<PackageEntry> = {}): PackageEntry {
  const sha1 = createHash("sha1").update(linkPath).digest("hex");
  return { ...plainEntry, path, type: "symlink", mode: 0o777, linkPath, sha1, ...more };
}

export function hardlink(path: string, linkPath: string, more: Partial<PackageEntry> = {}): PackageEntry {
  return { ...plainEntry, path, type: "hardlink", linkPath, ...more };
}

export function device(path: string, major: number, minor: number, more: Partial<PackageEntry> = {}): PackageEntry {
  return { ...plainEntry, path, type: "character", device: { major, minor }, ...more };
}

const plainEntry: Omit<PackageEntry, "path" | "type"> = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "root",
  gname: "root",
  sizeBytes: 0,
  mtime: 1_700_000_000,
  linkPath: "",
  xattrs: new Map(),
  pax: new Map(),
  sha1: "",
  sha256: "",
};

const plainControl: Omit<PackageControl, "name" | "version"> = {
  arch: "x86_64",
  description: "",
  url: "",
  license: "",
  origin: "",
  maintainer: "",
  commit: "",
  buildTime: 0,
  installedSizeBytes: 1,
  providerPriority: 0,
  depends: [],
  provides: [],
  installIf: [],
  replaces: [],
  replacesPriority: 0,
  triggers: [],
  dataHash: "",
};

function asScriptName(key: string): ScriptName {
  switch (key) {
    case "pre-install":
    case "post-install":
    case "pre-upgrade":
    case "post-upgrade":
    case "pre-deinstall":
    case "post-deinstall":
    case "trigger":
      return key;
    default:
      throw new Error(`${key} is not a script`);
  }
}
