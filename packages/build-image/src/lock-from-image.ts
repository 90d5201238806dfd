import { normalizeIdentity, shortIdentity, toApkArch, type IndexRecord } from "@apkmill/apk";
import { isEngineError, type EngineError, type Ports } from "@apkmill/core";
import type { OpenedImage } from "@apkmill/oci";
import type { ImageOptions } from "./build-options.ts";
import { platformText } from "./built-image.ts";
import { archOf, choosePlatforms } from "./choose-platforms.ts";
import type { BuildDifference } from "./compare-images.ts";
import { assembleInputs, type ImageInputs } from "./image-inputs.ts";
import { loadImage } from "./load-image.ts";
import type { ImageLock } from "./lock-file.ts";
import { lockResolved } from "./lock-image.ts";
import { resolvePackages, type IsWanted, type ResolvedImage } from "./resolve-packages.ts";
import { readStackedImage } from "./stacked-image.ts";

/** A lock, or why there is none. */
export type FoundLock = { readonly lock: ImageLock } | { readonly missing: readonly BuildDifference[] };

/**
 * The lock that gives an image's packages again: what the configuration asks for, chosen among the packages that the image's database
 * names by identity and that verified indexes offer.
 *
 * The order of installation, which decides between files and times of directories, is that of the resolver, and depends on what else
 * there is. So the other packages of the repositories stay in sight at first: only other versions of what the image has are hidden.
 * Where that gives another set (a newer package may be preferred to what was chosen then), all others are.
 * @throws ImageError · ApkError, but for a request that cannot be satisfied
 */
export async function lockFromImage(ports: Ports, image: OpenedImage, options: ImageOptions): Promise<FoundLock> {
  const { config, checksum } = await loadImage(ports, options);
  const inputs = await assembleInputs(ports, config, options);
  const listed = await listPackages(ports, image, options);
  const offered = new Map([...listed.keys()].map((arch) => [arch, new Set<string>()]));
  const isListed: IsWanted = (arch, record) => {
    const identity = identityOf(record);
    if (listed.get(arch)?.packages.has(identity) === true) offered.get(arch)?.add(identity);
    return offered.get(arch)?.has(identity) === true;
  };
  const isNoOther: IsWanted = (arch, record) =>
    isListed(arch, record) || listed.get(arch)?.names.has(record.name) !== true;
  const resolve = (isWanted: IsWanted): Promise<ResolvedImage | EngineError> =>
    tryToResolve(ports, inputs, options, isWanted);

  const first = await resolve(isNoOther);
  const isRight = !(first instanceof Error) && isAllOf(first, listed, inputs);
  const resolved = isRight ? first : await resolve(isListed);
  if (!(resolved instanceof Error)) return { lock: await lockResolved(ports, options, { checksum, inputs, resolved }) };
  return { missing: describeMissing(listed, offered, resolved) };
}

/** What the database of one platform lists. */
interface Listed {
  readonly platform: string;
  /** Identity → name and version. */
  readonly packages: ReadonlyMap<string, { readonly name: string; readonly version: string }>;
  readonly names: ReadonlySet<string>;
}

/** By apk's name of the architecture. */
type ListedByArch = ReadonlyMap<string, Listed>;

async function listPackages(
  { limits }: Ports,
  image: OpenedImage,
  { archs = [] }: ImageOptions,
): Promise<ListedByArch> {
  const listed = new Map<string, Listed>();
  for (const platform of choosePlatforms(image, archs)) {
    const { installed } = await readStackedImage(image, platform, limits);
    const packages = new Map(installed.map(({ name, version, checksum }) => [checksum, { name, version }]));
    const names = new Set(installed.map(({ name }) => name));
    listed.set(toApkArch(archOf(platform)), { platform: platformText(platform.platform), packages, names });
  }
  return listed;
}

function identityOf({ name, version, checksum }: IndexRecord): string {
  return shortIdentity(normalizeIdentity(checksum, `${name}-${version}`));
}

async function tryToResolve(...request: Parameters<typeof resolvePackages>): Promise<ResolvedImage | EngineError> {
  try {
    return await resolvePackages(...request);
  } catch (error) {
    if (isEngineError(error) && error.code === "APK_UNSATISFIABLE") return error;
    throw error;
  }
}

function isAllOf({ packages }: ResolvedImage, listed: ListedByArch, { bases }: ImageInputs): boolean {
  return [...listed].every(([arch, { packages: wanted }]) => {
    const chosen = new Set([
      ...(packages.get(arch) ?? []).map(({ record }) => identityOf(record)),
      ...(bases.get(arch)?.root.packages ?? []).map(({ checksum }) => checksum),
    ]);
    return chosen.size === wanted.size && [...wanted.keys()].every((identity) => chosen.has(identity));
  });
}

/** Packages that no index offers; where all are there, what the configuration asks for and the image does not have. */
function describeMissing(
  listed: ListedByArch,
  offered: ReadonlyMap<string, ReadonlySet<string>>,
  { message, reasons }: EngineError,
): BuildDifference[] {
  const gone = [...listed].flatMap(([arch, { platform, packages }]) =>
    [...packages].flatMap(([identity, { name, version }]): BuildDifference[] =>
      offered.get(arch)?.has(identity) === true
        ? []
        : [{ platform, what: "package", name, image: `${version} ${identity}` }],
    ),
  );
  if (gone.length > 0) return gone;
  return reasons.map(({ constraint, package: label, note }) => {
    return { what: "package", name: constraint ?? label ?? message, rebuilt: note ?? "asked for" };
  });
}
