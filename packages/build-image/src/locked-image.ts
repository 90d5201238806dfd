import {
  availableAt,
  emptyRecord,
  keyringOf,
  loadCredentials,
  loadKeyring,
  mergeKeyrings,
  parsePublicKey,
  toApkArch,
  type IndexRecord,
  type Keyring,
} from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { confirmPackages } from "./confirm-packages.ts";
import { ImageError } from "./image-error.ts";
import { assembleInputs } from "./image-inputs.ts";
import type { ImageRequest } from "./image-request.ts";
import type { LoadedImage } from "./load-image.ts";
import { requireSameBases, requireSameConfig, withLockInputs } from "./lock-agreement.ts";
import type { ImageLock, LockedImagePackage, LockedKey } from "./lock-file.ts";
import { loadLock } from "./parse-lock.ts";

/**
 * What an image is to be made of, by its lock: no index is read, and no key is fetched that the lock holds.
 * @throws ImageError IMAGE_LOCK_FORMAT, IMAGE_LOCK_STALE, IMAGE_LOCK_INCOMPLETE · ApkError KEY_FORMAT
 */
export async function requestFromLock(
  ports: Ports,
  options: ImageOptions,
  { config, checksum }: LoadedImage,
  lockfile: string,
): Promise<ImageRequest> {
  const lock = await loadLock(lockfile);
  requireSameConfig(ports, lock, { lockfile, checksum, configPath: options.configPath });
  const inputs = await assembleInputs(ports, config, withLockInputs(options, lock.inputs, lockfile));
  requireSameBases(lock, inputs, lockfile);
  const keyring = mergeKeyrings(await lockedKeys(ports, lock.keyring), await furtherKeys(ports, options, lock));
  const findAuthorization = await loadCredentials(ports, inputs.locations);
  const locked = new Map(
    inputs.archs.map((arch) => [arch, packagesFor(lock, arch, { lockfile, isOptional: inputs.bases.has(arch) })]),
  );
  const packages = new Map(
    [...locked].map(([arch, list]) => [
      arch,
      list.map((one) =>
        availableAt({ address: one.url, record: recordOf(one), arch }, inputs.locations, findAuthorization),
      ),
    ]),
  );
  const confirm = confirmPackages(locked, inputs, lockfile);
  return { inputs, resolved: { keyring, packages, confirm } };
}

async function lockedKeys(ports: Ports, keys: readonly LockedKey[]): Promise<Keyring> {
  const without = keys.filter(({ content }) => content === "").map(({ url, name }) => (url === "" ? name : url));
  const held = keys.filter(({ content }) => content !== "");
  const named = held.map(({ url, name, content }) => parsePublicKey(fileNameOf(url === "" ? name : url), content));
  return mergeKeyrings(keyringOf(named), await loadKeyring(ports, without));
}

/** Keys that are given now: a lock of ours has them already, one of apko's does not say. */
async function furtherKeys(ports: Ports, { keyring = [] }: ImageOptions, { inputs }: ImageLock): Promise<Keyring> {
  return inputs === undefined ? loadKeyring(ports, keyring) : keyringOf([]);
}

function fileNameOf(url: string): string {
  const name = url.slice(url.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** An entry for `noarch`, as apko may write one, is for every architecture. A base image may have all that is asked for. */
function packagesFor(
  lock: ImageLock,
  arch: string,
  { lockfile, isOptional }: { readonly lockfile: string; readonly isOptional: boolean },
): LockedImagePackage[] {
  const own = lock.packages.filter(({ architecture }) => architecture === "noarch" || toApkArch(architecture) === arch);
  const unique = [...new Map(own.map((locked) => [`${locked.name} ${locked.checksum}`, locked])).values()];
  const twice = unique.find(({ name }, index) => unique.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) {
    throw new ImageError("IMAGE_LOCK_FORMAT", `the lock has two packages ${twice.name} for ${arch}`, {
      hint: "lock again",
      context: { file: lockfile, package: twice.name },
    });
  }
  if (isOptional || own.some(({ architecture }) => architecture !== "noarch")) return unique;
  const held = [...new Set(lock.packages.map(({ architecture }) => architecture))];
  throw new ImageError(
    "IMAGE_LOCK_INCOMPLETE",
    `the lock has no packages for ${arch}, but for ${held.join(", ") || "nothing"}`,
    {
      hint:
        held.length === 0 ? "lock again" : `lock again for all architectures, or build with --arch ${held.join(",")}`,
      context: { file: lockfile },
    },
  );
}

/** What the lock alone says; the rest is known when the package is there. */
function recordOf({ name, version, architecture, checksum, data }: LockedImagePackage): IndexRecord {
  const [, last] = /-(\d+)$/.exec(data.range) ?? [];
  return {
    ...emptyRecord,
    name,
    version,
    arch: architecture,
    checksum,
    sizeBytes: last === undefined ? 0 : Number(last) + 1,
  };
}
