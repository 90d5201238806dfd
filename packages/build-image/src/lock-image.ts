import { hash } from "node:crypto";
import {
  fetchPackages,
  packageAddress,
  printableLocation,
  repositoryLine,
  type AvailablePackage,
  type Keyring,
  type StoredPackage,
} from "@apkmill/apk";
import { compareBytes, redactUrl, type Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { controlHash, dataHash } from "./confirm-packages.ts";
import { assembleInputs, type ImageInputs } from "./image-inputs.ts";
import type { ImageRequest } from "./image-request.ts";
import { loadImage } from "./load-image.ts";
import {
  indexedFields,
  type ImageLock,
  type IndexedField,
  type IndexedOtherwise,
  type LockedImagePackage,
  type LockedKey,
  type LockedMember,
  type LockedRepository,
  type LockInputs,
} from "./lock-file.ts";
import { resolvePackages } from "./resolve-packages.ts";

/**
 * Chooses the packages of an image as a build does, fetches them, and writes down what a build needs to get the same ones again.
 * @throws ConfigError · ImageError IMAGE_… · ApkError KEY_…, INDEX_…, APK_… · CoreError HTTP_…
 */
export async function lockImage(ports: Ports, options: ImageOptions): Promise<ImageLock> {
  const { config, checksum } = await loadImage(ports, options);
  const inputs = await assembleInputs(ports, config, options);
  const resolved = await resolvePackages(ports, inputs, options);
  return lockResolved(ports, options, { checksum, inputs, resolved });
}

/** Fetches what was chosen, and writes it down. @throws ApkError APK_… · CoreError HTTP_… */
export async function lockResolved(
  ports: Ports,
  options: ImageOptions,
  { checksum, inputs, resolved }: ImageRequest & { readonly checksum: string },
): Promise<ImageLock> {
  const packages: LockedImagePackage[] = [];
  for (const arch of inputs.archs)
    packages.push(...(await lockPackages(ports, arch, resolved.packages.get(arch) ?? [])));
  return {
    config: { name: options.configPath, checksum },
    keyring: lockKeys(resolved.keyring),
    ...lockRepositories(inputs, options),
    packages,
    inputs: lockInputs(options),
    bases: [...inputs.bases].map(([architecture, { platform }]) => ({
      architecture,
      digest: platform.descriptor.digest,
    })),
  };
}

async function lockPackages(
  ports: Ports,
  arch: string,
  available: readonly AvailablePackage[],
): Promise<LockedImagePackage[]> {
  const stored = await fetchPackages(ports, available);
  return stored.flatMap((one, index) => {
    const chosen = available[index];
    return chosen === undefined ? [] : [lockPackage(arch, chosen, one)];
  });
}

function lockPackage(architecture: string, available: AvailablePackage, stored: StoredPackage): LockedImagePackage {
  const { name, version } = stored.control;
  return {
    name,
    url: packageAddress(available),
    version,
    architecture,
    ...lockMembers(stored),
    checksum: stored.identity,
    addition: { control: controlHash(stored), index: indexedOtherwise(available, stored) },
  };
}

const noMember: LockedMember = { range: "", checksum: "" };

/** Where in the file the members are, and their hashes. A v3 package has no such members. */
function lockMembers({
  format,
  head,
  identity,
  data,
}: StoredPackage): Pick<LockedImagePackage, "signature" | "control" | "data"> {
  if (format === "v3" || head === undefined) return { signature: noMember, control: noMember, data: noMember };
  const { raw, identified } = head;
  const controlStart = raw.length - identified.length;
  const signature = raw.subarray(0, controlStart);
  const signed = { range: rangeOf(0, controlStart), checksum: `sha1-${hash("sha1", signature, "base64")}` };
  return {
    signature: controlStart === 0 ? noMember : signed,
    control: { range: rangeOf(controlStart, identified.length), checksum: `sha1-${identity.slice(2)}` },
    data: {
      range: rangeOf(raw.length, data.sizeBytes),
      checksum: dataHash({ data }),
    },
  };
}

/** As an HTTP request asks for it: the last byte is part of it. */
function rangeOf(start: number, sizeBytes: number): string {
  return `bytes=${String(start)}-${String(start + sizeBytes - 1)}`;
}

function indexedOtherwise({ record }: AvailablePackage, { control, apkSizeBytes }: StoredPackage): IndexedOtherwise {
  const own: Readonly<Record<string, unknown>> = { ...control, sizeBytes: apkSizeBytes };
  const said: Readonly<Record<IndexedField, unknown>> = record;
  const other = Object.keys(indexedFields).filter(
    (key) => JSON.stringify(said[key as IndexedField]) !== JSON.stringify(own[key]),
  );
  return Object.fromEntries(other.map((key) => [key, said[key as IndexedField]]));
}

function lockKeys({ keys }: Keyring): LockedKey[] {
  return [...keys.values()]
    .map(({ name, pem, source = "" }) => ({
      name: source === "" ? name : withoutScheme(source),
      url: source,
      content: pem,
    }))
    .sort((a, b) => compareBytes(a.name, b.name));
}

function lockRepositories(
  { archs, config: { contents } }: ImageInputs,
  { repositories = [], buildRepositories = [] }: ImageOptions,
): Pick<ImageLock, "buildRepositories" | "runtimeRepositories" | "repositories"> {
  const lock = (lines: readonly string[]): LockedRepository[] =>
    archs.flatMap((arch) => lines.map((line) => lockRepository(line, arch)));
  return {
    buildRepositories: lock([...contents.buildRepositories, ...buildRepositories]),
    runtimeRepositories: lock(contents.runtimeRepositories),
    repositories: lock([...contents.repositories, ...repositories]),
  };
}

/** Runtime repositories may be anything that apk understands, so the line is not parsed as a location of ours. */
function lockRepository(line: string, architecture: string): LockedRepository {
  const [, keyword = "", address = ""] = /^(?:(v2|v3|ndx) )?(?:@\S+ )?(.*)$/s.exec(repositoryLine(line)) ?? [];
  const folder = `${address.replace(/\/+$/, "")}/${architecture}`;
  if (keyword === "ndx" || /\.(adb|tar\.gz)$/.test(address))
    return { name: withoutScheme(address), url: address, architecture };
  return {
    name: withoutScheme(folder),
    url: `${folder}/${keyword === "v3" ? "Packages.adb" : "APKINDEX.tar.gz"}`,
    architecture,
  };
}

function withoutScheme(address: string): string {
  return address.replace(/^https?:\/\//i, "");
}

/** What was given beside the configuration, as a lock says it. */
export function lockInputs(options: ImageOptions): LockInputs {
  const { repositories = [], buildRepositories = [], keyring = [], packages = [], discoverKeys = false } = options;
  return {
    repositories: repositories.map(printableLocation),
    buildRepositories: buildRepositories.map(printableLocation),
    keyring: keyring.map(redactUrl),
    packages,
    discoverKeys,
  };
}
