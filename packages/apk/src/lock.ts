import type { Reason } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { formatDependency, parseDependency } from "./dependency.ts";
import type { IndexRecord } from "./package-info.ts";
import type { AvailablePackage, Repository } from "./repository.ts";
import { solve } from "./solve.ts";
import { identityKey } from "./solver/identity-key.ts";
import { narrow } from "./solver/narrow.ts";

/**
 * A solution that was written down, to get the same one again: what `repo resolve --json` prints. Its packages are told apart
 * by identity; where they come from may change.
 */
export interface Lock {
  /** What was asked for; left out in a lock that says nothing of it. */
  readonly world?: readonly string[] | undefined;
  /** In the order of installation. */
  readonly install: readonly LockedPackage[];
}

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly repository: string;
  readonly checksum: string;
  readonly sizeBytes: number;
}

/** What a lock says of a package. */
export function lockPackage({ record, repository }: AvailablePackage): LockedPackage {
  const { name, version, arch, checksum, sizeBytes } = record;
  return { name, version, arch, repository: repository.location, checksum, sizeBytes };
}

/** Text of a lock → lock; what it has beside is passed over. `what` names it in messages. @throws ApkError APK_BAD_LOCK */
export function parseLock(text: string, what = "lock file"): Lock {
  const value = parseJson(text, what);
  const { install, world } = isObject(value) ? value : {};
  if (!Array.isArray(install)) throw badLock(what, "a list `install`");
  if (world !== undefined && !isTexts(world)) throw badLock(what, "texts in the list `world`");
  return { world, install: install.map((item, index) => readPackage(item, what, index)) };
}

export interface LockedRequest {
  readonly repositories: readonly Repository[];
  readonly lock: Lock;
  /** What of it is wanted; left out: all. */
  readonly world?: readonly string[];
  readonly arch?: string | undefined;
}

export interface LockedSolution {
  /** In the order of the lock. */
  readonly install: readonly AvailablePackage[];
  /** Locked packages that are not needed, and that no repository offers any more. */
  readonly missing: readonly LockedPackage[];
}

/**
 * Resolves among the packages that a lock lists, and gives them in its order. Pinning tags say nothing here: the lock has chosen.
 * @throws ApkError APK_STALE_LOCK with a reason for each package that is needed and not offered any more; APK_BAD_DEPENDENCY;
 *   APK_RESOLVE_LIMIT
 */
export function solveLocked({ repositories, lock, world, arch }: LockedRequest): LockedSolution {
  const places = new Map(lock.install.map(({ checksum }, index) => [identityKey(checksum), index]));
  const placeOf = ({ checksum }: Pick<IndexRecord, "checksum">): number => places.get(identityKey(checksum)) ?? -1;
  const offered = repositories.map((each) => ({ ...narrow(each, (record) => placeOf(record) >= 0), tag: "" }));
  const standing = new Set(offered.flatMap(({ records }) => records.map(placeOf)));
  const missing = lock.install.filter((locked) => !standing.has(placeOf(locked)));
  if (world === undefined && missing.length > 0) throw staleLock(repositories, missing, []);
  const solution = solve({ repositories: offered, world: withoutTags(world ?? worldOf(lock)), arch });
  const isWhole = solution.ok && (world !== undefined || solution.install.length === lock.install.length);
  if (!isWhole) throw staleLock(repositories, missing, solution.ok ? [] : solution.reasons);
  const install = solution.install.map(({ record, repository }) => ({
    record,
    repository: repositories[offered.findIndex((each) => each === repository)] ?? repository,
  }));
  return { install: install.sort((a, b) => placeOf(a.record) - placeOf(b.record)), missing };
}

function worldOf({ world, install }: Lock): readonly string[] {
  return world ?? install.map(({ name, checksum }) => `${name}><${checksum}`);
}

function withoutTags(world: readonly string[]): string[] {
  return world.map((text) => formatDependency({ ...parseDependency(text), tag: "" }));
}

function staleLock(
  repositories: readonly Repository[],
  missing: readonly LockedPackage[],
  reasons: readonly Reason[],
): ApkError {
  const labels = missing.map(({ name, version }) => `${name}-${version}`);
  const problem =
    labels.length === 0 ? "it does not have all that is asked for" : `not offered any more: ${labels.join(", ")}`;
  return new ApkError("APK_STALE_LOCK", `the lock cannot be kept: ${problem}`, {
    reasons: [...missing.map((locked) => describeMissing(repositories, locked)), ...reasons],
    hint: "add the repository that has them, or resolve again without the lock",
  });
}

function describeMissing(repositories: readonly Repository[], { name, version }: LockedPackage): Reason {
  const others = repositories.flatMap(({ records }) => records.filter((record) => record.name === name));
  return {
    package: `${name}-${version}`,
    note: "is locked, and no repository offers it any more",
    requiredBy: [],
    candidates: others.map((record) => ({ version: `${name}-${record.version}`, rejected: "is not the locked one" })),
  };
}

function readPackage(item: unknown, what: string, index: number): LockedPackage {
  const { name, version, arch, repository, checksum, sizeBytes } = isObject(item) ? item : {};
  if (!isText(name) || !isText(version) || !isText(checksum)) {
    throw badLock(what, `name, version and checksum in package ${index + 1} of its list \`install\``);
  }
  return {
    name,
    version,
    checksum,
    arch: isText(arch) ? arch : "",
    repository: isText(repository) ? repository : "",
    sizeBytes: typeof sizeBytes === "number" ? sizeBytes : 0,
  };
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badLock(what, "JSON", cause);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function badLock(what: string, expected: string, cause?: unknown): ApkError {
  return new ApkError("APK_BAD_LOCK", `${what}: cannot be read as a lock: expected ${expected}`, {
    hint: "write it anew with `repo resolve --json`",
    ...(cause === undefined ? {} : { cause }),
  });
}
