import {
  discoverKeys,
  keyringOf,
  loadCredentials,
  loadKeyring,
  mergeKeyrings,
  narrow,
  openRepositories,
  parsePublicKey,
  solveAllRemembered,
  type AvailablePackage,
  type IndexRecord,
  type Keyring,
  type PublicKey,
  type Repository,
  type StoredPackage,
} from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import type { Ports } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
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

/**
 * The keys of the image's own `etc/apk/keys`: those that the build trusted, and those for the running image only.
 * @throws ImageError IMAGE_KEY for two keys of one name · ApkError KEY_FORMAT
 */
export function imageKeys({ contents }: ImageConfig, { keys }: Keyring): Pick<PublicKey, "name" | "pem">[] {
  const added = contents.runtimeKeyring.map(({ name, content }) => parsePublicKey(name, content));
  const collision = added.find(({ name, pem }) => (keys.get(name)?.pem ?? pem).trim() !== pem.trim());
  if (collision === undefined) return [...keys.values(), ...added.filter(({ name }) => !keys.has(name))];
  throw new ImageError(
    "IMAGE_KEY",
    `contents.runtime_keyring: ${collision.name} is also a key of the build, another one`,
    {
      hint: "give the key another name",
    },
  );
}
