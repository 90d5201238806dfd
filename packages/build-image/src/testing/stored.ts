import { createHash } from "node:crypto";
import type { PackageControl, PackageEntry, StoredPackage } from "@apkmill/apk";
import { digestOf } from "@apkmill/core";
import { planInstall, type InstallPlan } from "@apkmill/rootfs";
import { plainControl, withParents, type Item } from "./repository.ts";

export interface TestStored {
  readonly name: string;
  readonly version?: string;
  /** Of the compressed data section. */
  readonly sizeBytes?: number;
  readonly control?: Partial<PackageControl>;
  readonly items?: readonly Item[];
}

/** A package as the store describes it, without its bytes. */
export function stored({ name, version = "1-r0", sizeBytes = 1000, control, items = [] }: TestStored): StoredPackage {
  const label = `${name}-${version}`;
  return {
    format: "v2",
    identity: `Q1${createHash("sha1").update(label).digest("base64")}`,
    control: { ...plainControl, arch: "x86_64", dataHash: "", name, version, origin: name, ...control },
    scripts: new Map(),
    data: { digest: digestOf(`data of ${label}`), sizeBytes },
    apkSizeBytes: sizeBytes + 500,
    contents: {
      diffId: digestOf(`tar of ${label}`),
      unpackedSizeBytes: 2 * sizeBytes,
      entries: withParents(items).map(packageEntry),
    },
  };
}

function packageEntry({ entry, content = Buffer.alloc(0) }: Item): PackageEntry {
  const isFile = entry.type === "file";
  const hashOf = (algorithm: string): string => createHash(algorithm).update(content).digest("hex");
  return { ...entry, sha1: isFile ? hashOf("sha1") : "", sha256: isFile ? hashOf("sha256") : "", pax: new Map() };
}

/** The tree of these packages. */
export function installOf(packages: readonly StoredPackage[]): InstallPlan {
  return planInstall({ packages, accountFiles: new Map(), world: [], arch: "x86_64" });
}
