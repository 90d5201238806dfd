import { shortIdentity, type AvailablePackage } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { ImageError } from "./image-error.ts";
import { assembleInputs, type ImageInputs } from "./image-inputs.ts";
import { loadImage } from "./load-image.ts";
import type { ImageLock, LockedImagePackage } from "./lock-file.ts";
import { lockInputs } from "./lock-image.ts";
import { loadLock } from "./parse-lock.ts";
import { resolvePackages, type ResolvedImage } from "./resolve-packages.ts";

/** One thing that a lock would say otherwise if it were made now. */
export interface LockDifference {
  readonly what: "configuration" | "option" | "key" | "package" | "order";
  /** apk's name, where it is about one architecture. */
  readonly arch?: string;
  /** Of the package, the key, the option. */
  readonly name: string;
  /** What the lock says; left out where it has nothing. */
  readonly locked?: string;
  /** What it would say now; left out where it would have nothing. */
  readonly now?: string;
}

/**
 * Chooses the packages anew and says how that differs from the lock; empty when the lock is up to date. Downloads no package.
 * @throws ImageError IMAGE_LOCK_FORMAT, IMAGE_LOCK_INCOMPLETE, and what resolving throws
 */
export async function checkLock(ports: Ports, options: ImageOptions, lockfile: string): Promise<LockDifference[]> {
  const lock = await loadLock(lockfile);
  const { config, checksum } = await loadImage(ports, options);
  const inputs = await assembleInputs(ports, config, options);
  const resolved = await resolvePackages(ports, inputs, options);
  return [
    ...compareOne("configuration", options.configPath, lock.config?.checksum, checksum),
    ...optionDifferences(lock, options),
    ...keyDifferences(lock, resolved),
    ...packageDifferences(lock, inputs, resolved),
  ];
}

/** As {@link checkLock}, for who cannot go on without. @throws ImageError IMAGE_LOCK_STALE with the differences */
export async function requireUpToDate(ports: Ports, options: ImageOptions, lockfile: string): Promise<void> {
  const differences = await checkLock(ports, options, lockfile);
  if (differences.length === 0) return;
  throw new ImageError("IMAGE_LOCK_STALE", "the lock is not up to date", {
    hint: "lock again with `apkmill image lock`",
    context: { file: lockfile },
    problems: differences.map((one) => new ImageError("IMAGE_LOCK_STALE", describeLockDifference(one))),
  });
}

/** The difference as a line. */
export function describeLockDifference({ what, arch, name, locked, now }: LockDifference): string {
  const place = arch === undefined ? "" : `${arch}  `;
  return `${place}${what} ${name}: locked ${locked ?? "nothing"}, now ${now ?? "nothing"}`;
}

/** A lock of apko's does not say what it was made with. */
function optionDifferences({ inputs }: ImageLock, options: ImageOptions): LockDifference[] {
  if (inputs === undefined) return [];
  const now: Readonly<Record<string, unknown>> = { ...lockInputs(options) };
  return Object.entries(inputs).flatMap(([name, made]) =>
    compareOne("option", name, JSON.stringify(made), JSON.stringify(now[name])),
  );
}

function keyDifferences(lock: ImageLock, { keyring }: ResolvedImage): LockDifference[] {
  const content = ({ pem }: { readonly pem: string }): string => pem.trim();
  const now = new Map([...keyring.keys.values()].map((key) => [nameOf(key.source ?? key.name), content(key)]));
  const locked = new Map(lock.keyring.map((key) => [nameOf(key.url === "" ? key.name : key.url), key.content.trim()]));
  return [...new Set([...locked.keys(), ...now.keys()])].flatMap((name) =>
    // A lock that holds no content of a key says only that there is one.
    locked.get(name) === "" && now.has(name) ? [] : compareOne("key", name, locked.get(name), now.get(name)),
  );
}

const nameOf = (source: string): string => source.slice(source.lastIndexOf("/") + 1);

function packageDifferences(lock: ImageLock, { archs }: ImageInputs, { packages }: ResolvedImage): LockDifference[] {
  const others = [...new Set(lock.packages.map(({ architecture }) => architecture))].filter(
    (arch) => !archs.includes(arch),
  );
  return [...archs, ...others].flatMap((arch) => {
    const locked = lock.packages.filter(({ architecture }) => architecture === arch).map(lockedLabel);
    const now = (packages.get(arch) ?? []).map(availableLabel);
    const differences = compareLabels(new Map(locked), new Map(now));
    const [before, after] = [locked, now].map((list) => list.map(([name]) => name).join(" "));
    const order = differences.length > 0 ? [] : compareOne("order", "packages", before, after);
    return [...differences, ...order].map((difference) => ({ ...difference, arch }));
  });
}

function compareLabels(locked: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): LockDifference[] {
  return [...new Set([...locked.keys(), ...now.keys()])].flatMap((name) =>
    compareOne("package", name, locked.get(name), now.get(name)),
  );
}

function lockedLabel({ name, version, checksum }: LockedImagePackage): [string, string] {
  return [name, `${version} ${checksum}`];
}

function availableLabel({ record }: AvailablePackage): [string, string] {
  return [record.name, `${record.version} ${shortIdentity(record.checksum)}`];
}

function compareOne(
  what: LockDifference["what"],
  name: string,
  locked: string | undefined,
  now: string | undefined,
): LockDifference[] {
  if (locked === now) return [];
  return [{ what, name, ...(locked === undefined ? {} : { locked }), ...(now === undefined ? {} : { now }) }];
}
