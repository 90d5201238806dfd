import { loadKeyring, openRepositories, toApkArch, type Keyring, type Repository } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import { thisHost } from "@apkmill/sandbox";
import type { OptionTable } from "../arguments.ts";

/** Options of the commands that read repositories. */
export const repositoryOptions = {
  arch: { kind: "text", value: "ARCH", help: "architecture, by apk's or OCI's name (default: this machine's)" },
  repository: {
    kind: "list",
    short: "r",
    value: "LOCATION",
    help: "repository: a directory or URL, with `@tag ` before it where pinned",
  },
  keyring: { kind: "list", short: "k", value: "KEY", help: "public keys: files, directories or URLs" },
  "ignore-signatures": { kind: "flag", help: "take indexes as they come, signed or not" },
} as const satisfies OptionTable;

export interface OpenedRepositories {
  /** apk's name. */
  readonly arch: string;
  readonly keyring: Keyring;
  readonly repositories: readonly Repository[];
}

/** Reads the keyring and the indexes that the options name. */
export async function openOptionRepositories(
  ports: Ports,
  options: {
    readonly arch: string | undefined;
    readonly repository: readonly string[];
    readonly keyring: readonly string[];
    readonly "ignore-signatures": boolean;
  },
): Promise<OpenedRepositories> {
  const arch = options.arch === undefined ? thisHost().arch : toApkArch(options.arch);
  const keyring = await loadKeyring(ports, options.keyring);
  const repositories = await openRepositories(ports, {
    locations: options.repository,
    keyring,
    arch,
    ignoreSignatures: options["ignore-signatures"],
  });
  return { arch, keyring, repositories };
}
