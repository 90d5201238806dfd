import {
  discoverKeys,
  keyringOf,
  loadCredentials,
  loadKeyring,
  mergeKeyrings,
  narrow,
  openRepositories,
  solveAllRemembered,
  type AvailablePackage,
  type IndexRecord,
  type Keyring,
  type Repository,
  type StoredPackage,
} from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { ImageInputs } from "./image-inputs.ts";

/** The packages of every architecture, in install order, and the keys that vouch for them. */
export interface ResolvedImage {
  readonly keyring: Keyring;
  /** By apk's name of the architecture. */
  readonly packages: ReadonlyMap<string, readonly AvailablePackage[]>;
  /** Where no index was read: holds the packages against what they must be, once they are there. */
  readonly confirm?: ConfirmPackages;
}

/** The packages of an architecture as they were fetched, in the order of `available` → the same with their whole records. */
export type ConfirmPackages = (
  arch: string,
  available: readonly AvailablePackage[],
  packages: readonly StoredPackage[],
) => readonly AvailablePackage[];

/** Which packages may be chosen at all. */
export type IsWanted = (arch: string, record: IndexRecord) => boolean;

/** Reads keys and indexes and chooses the packages. @throws ApkError KEY_…, INDEX_…, APK_UNSATISFIABLE · CoreError HTTP_… */
export async function resolvePackages(
  ports: Ports,
  { keyring: sources, archs, locations, world, bases }: ImageInputs,
  {
    ignoreSignatures = false,
    discoverKeys: discover = false,
  }: { readonly ignoreSignatures?: boolean | undefined; readonly discoverKeys?: boolean | undefined },
  isWanted?: IsWanted,
): Promise<ResolvedImage> {
  const findAuthorization = await loadCredentials(ports, locations);
  const given = await loadKeyring(ports, sources);
  const found = discover ? await discoverKeys(ports, { locations, archs, findAuthorization }) : keyringOf([]);
  const keyring = mergeKeyrings(given, found);
  const opened = archs.map(async (arch): Promise<[string, Repository[]]> => {
    const offered = await openRepositories(ports, { locations, keyring, arch, ignoreSignatures, findAuthorization });
    return [
      arch,
      isWanted === undefined ? offered : offered.map((one) => narrow(one, (record) => isWanted(arch, record))),
    ];
  });
  const perArch = new Map(await Promise.all(opened));
  if (bases.size === 0) return { keyring, packages: solveAllRemembered(ports, perArch, world) };
  const { solveOnBase } = await import("./base-solve.ts");
  return { keyring, packages: solveOnBase(perArch, world, bases) };
}
