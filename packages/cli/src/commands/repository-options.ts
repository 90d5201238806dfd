import {
  discoverKeys,
  loadKeyring,
  loadRepositoriesFiles,
  mergeKeyrings,
  openRepositories,
  toApkArch,
  type Keyring,
  type Repository,
} from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import { hostArch } from "@apkmill/sandbox";
import type { OptionTable } from "../arguments.ts";

/** How repositories are named, whatever the option for one of them is called. */
export const repositoryHelp = "a directory or URL, `|` before mirrors of it, `@tag ` before it where pinned";

/** Options about repositories that several commands share. */
export const repositoryFileOptions = {
  "repositories-file": {
    kind: "list",
    value: "FILE",
    help: "further repositories: files as /etc/apk/repositories, or directories of *.list files",
  },
  "discover-keys": { kind: "flag", help: "also trust the keys that https repositories and Alpine publish" },
} as const satisfies OptionTable;

/** Options of the commands that read repositories. */
export const repositoryOptions = {
  arch: { kind: "text", value: "ARCH", help: "architecture, by apk's or OCI's name (default: this machine's)" },
  repository: { kind: "list", short: "r", value: "LOCATION", help: `repository: ${repositoryHelp}` },
  ...repositoryFileOptions,
  keyring: { kind: "list", short: "k", value: "KEY", help: "public keys: files, directories or URLs" },
  "ignore-signatures": { kind: "flag", help: "take indexes as they come, signed or not" },
} as const satisfies OptionTable;

/** The values of {@link repositoryOptions}. */
export interface RepositoryOptionValues {
  readonly arch: string | undefined;
  readonly repository: readonly string[];
  readonly "repositories-file": readonly string[];
  readonly "discover-keys": boolean;
  readonly keyring: readonly string[];
  readonly "ignore-signatures": boolean;
}

export interface OpenedRepositories {
  /** apk's name. */
  readonly arch: string;
  readonly keyring: Keyring;
  /** What was opened, as the user named it, in the order of the repositories; may hold secrets. */
  readonly locations: readonly string[];
  readonly repositories: readonly Repository[];
}

/** Reads the keyring and the indexes that the options name. */
export async function openOptionRepositories(
  ports: Ports,
  options: RepositoryOptionValues,
): Promise<OpenedRepositories> {
  const arch = options.arch === undefined ? hostArch() : toApkArch(options.arch);
  const locations = await optionLocations(ports, options, arch);
  const keyring = await withDiscoveredKeys(ports, await loadKeyring(ports, options.keyring), {
    discover: options["discover-keys"],
    locations,
    arch,
  });
  const repositories = await openRepositories(ports, {
    locations,
    keyring,
    arch,
    ignoreSignatures: options["ignore-signatures"],
  });
  return { arch, keyring, locations, repositories };
}

/** The repositories that the options name, first one by one, then by files. */
export async function optionLocations(
  { limits }: Pick<Ports, "limits">,
  options: Pick<RepositoryOptionValues, "repository" | "repositories-file">,
  arch: string,
): Promise<string[]> {
  return [...options.repository, ...(await loadRepositoriesFiles(options["repositories-file"], { arch, limits }))];
}

/** `keyring`, and after it what the repositories publish where that is wanted. */
export async function withDiscoveredKeys(
  ports: Ports,
  keyring: Keyring,
  {
    discover,
    locations,
    arch,
  }: { readonly discover: boolean; readonly locations: readonly string[]; readonly arch: string },
): Promise<Keyring> {
  return discover ? mergeKeyrings(keyring, await discoverKeys(ports, { locations, archs: [arch] })) : keyring;
}
