import {
  discoverKeys,
  keyringOf,
  loadCredentials,
  loadKeyring,
  mergeKeyrings,
  openRepositories,
  parsePublicKey,
  solveAll,
  type AvailablePackage,
  type Keyring,
  type PublicKey,
  type Repository,
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
}

/** Reads keys and indexes and chooses the packages. @throws ApkError KEY_…, INDEX_…, APK_UNSATISFIABLE · CoreError HTTP_… */
export async function resolvePackages(
  ports: Ports,
  { keyring: sources, archs, locations, world }: ImageInputs,
  {
    ignoreSignatures = false,
    discoverKeys: discover = false,
  }: { readonly ignoreSignatures?: boolean | undefined; readonly discoverKeys?: boolean | undefined },
): Promise<ResolvedImage> {
  const findAuthorization = await loadCredentials(ports, locations);
  const given = await loadKeyring(ports, sources);
  const found = discover ? await discoverKeys(ports, { locations, archs, findAuthorization }) : keyringOf([]);
  const keyring = mergeKeyrings(given, found);
  const opened = archs.map(async (arch): Promise<[string, Repository[]]> => {
    return [arch, await openRepositories(ports, { locations, keyring, arch, ignoreSignatures, findAuthorization })];
  });
  return { keyring, packages: solveAll(new Map(await Promise.all(opened)), world) };
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
