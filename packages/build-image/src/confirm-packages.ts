import { createHash } from "node:crypto";
import { isMatch, parseDependency, type IndexRecord, type StoredPackage } from "@apkmill/apk";
import { append, hexOf } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import type { ImageInputs } from "./image-inputs.ts";
import type { LockedImagePackage } from "./lock-file.ts";
import type { ConfirmPackages } from "./resolve-packages.ts";

/**
 * Holds fetched packages against what a lock says of them: the identity was checked when each was fetched; name, version, the hash of
 * the data, and of our own locks the SHA-256 of the control section are checked here. Gives the records that the index had.
 */
export function confirmPackages(
  locked: ReadonlyMap<string, readonly LockedImagePackage[]>,
  { world, bases }: Pick<ImageInputs, "world" | "bases">,
  lockfile: string,
): ConfirmPackages {
  return (arch, available, packages) => {
    const list = locked.get(arch) ?? [];
    const confirmed = available.map(({ record, repository }, index) => {
      const [one, stored] = [list[index], packages[index]];
      if (one === undefined || stored === undefined) return { record, repository };
      requireLocked(one, stored, lockfile);
      return { record: indexRecordOf(one, stored), repository };
    });
    const standing = [...(bases.get(arch)?.root.packages ?? []), ...confirmed.map(({ record }) => record)];
    requireWorld(world, standing, arch, lockfile);
    return confirmed;
  };
}

function requireLocked(locked: LockedImagePackage, stored: StoredPackage, lockfile: string): void {
  const { name, version } = stored.control;
  const refuse = (what: string, expected: string, found: string): void => {
    if (expected === "" || expected === found) return;
    throw new ImageError(
      "IMAGE_LOCK_CONTENT",
      `${what} of ${locked.name}-${locked.version}: ${lockfile} expects ${expected}, found ${found}`,
      { hint: "find out who changed the lock or the package; lock again if it is right", context: { package: name } },
    );
  };
  refuse("name and version", `${locked.name}-${locked.version}`, `${name}-${version}`);
  if (stored.format === "v2") refuse("the data section", locked.data.checksum, dataHash(stored));
  refuse("the control section", locked.addition?.control ?? "", controlHash(stored));
}

/** `sha256-…` of the bytes that the identity of a package is the hash of; "" where they are not at hand. */
export function controlHash({ head }: StoredPackage): string {
  return head === undefined ? "" : `sha256-${createHash("sha256").update(head.identified).digest("base64")}`;
}

/** `sha256-…` of the data section. */
export function dataHash({ data }: Pick<StoredPackage, "data">): string {
  return `sha256-${Buffer.from(hexOf(data.digest), "hex").toString("base64")}`;
}

/** As the index had it: what the package says of itself, and what the lock says that the index said otherwise. */
function indexRecordOf(locked: LockedImagePackage, { control, apkSizeBytes }: StoredPackage): IndexRecord {
  const { architecture, checksum, addition } = locked;
  const arch = addition === undefined ? architecture : control.arch;
  return { ...control, arch, checksum, sizeBytes: apkSizeBytes, ...addition?.index };
}

/** A lock that lacks what is asked for gives an image that is not what was asked for. */
function requireWorld(world: readonly string[], packages: readonly Provider[], arch: string, lockfile: string): void {
  const offered = offeredVersions(packages);
  const lacking = world.find((wanted) => !isSatisfied(wanted, offered));
  if (lacking === undefined) return;
  throw new ImageError("IMAGE_LOCK_STALE", `the lock has nothing for ${arch} that is ${lacking}, which is asked for`, {
    hint: "lock again with `apkmill image lock`, with the options of the build",
    context: { file: lockfile },
  });
}

type Provider = Pick<IndexRecord, "name" | "version" | "provides">;

/** Name → versions under which it is there; "" for a provide without one. */
function offeredVersions(packages: readonly Provider[]): ReadonlyMap<string, readonly string[]> {
  const offered = new Map<string, string[]>();
  for (const { name, version, provides } of packages) {
    append(offered, name, version);
    for (const provided of provides) {
      const [own = "", ownVersion = ""] = provided.split("=");
      append(offered, own, ownVersion);
    }
  }
  return offered;
}

function isSatisfied(wanted: string, offered: ReadonlyMap<string, readonly string[]>): boolean {
  const dependency = parseDependency(wanted);
  if (dependency.conflict || dependency.operator === "><") return true;
  const versions = offered.get(dependency.name) ?? [];
  return versions.some((version) => dependency.operator === "" || (version !== "" && isMatch(dependency, version)));
}
