import type { Verb } from "@apkmill/apk";
import { openRoot } from "@apkmill/rootfs";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { changeRoot } from "./change-root.ts";
import type { InstallOptions } from "./install-options.ts";
import { layNewRoot } from "./lay-new-root.ts";
import { repositoryOptions } from "./repository-options.ts";

export const repoInstall = defineCommand({
  summary:
    "Lays packages down in a root as `apk add --no-scripts` would, with the database; upgrades and removes them.",
  positionals: "[PACKAGE…]",
  arity: [0, Infinity],
  example: "apkmill repo install --root ./root -r ./packages -k acme.rsa.pub alpine-base",
  options: {
    ...repositoryOptions,
    root: {
      kind: "text",
      value: "DIR",
      help: "what is or becomes the root; one with packages has repositories and keys of its own, for where none are given",
    },
    upgrade: { kind: "flag", help: "upgrade all that is installed, or the packages named, as `apk upgrade`" },
    remove: { kind: "flag", help: "remove the packages named, and what nobody needs then, as `apk del`" },
    purge: { kind: "flag", help: "with --remove: remove configuration that was changed as well" },
    manifest: {
      kind: "text",
      value: "FILE",
      help: "write the list of entries with owner and mode; without root, this is where owners go",
    },
  },
  async run(ports, { options, positionals }) {
    const request: InstallOptions = { ...options, verb: verbOf(options, positionals), dryRun: options["dry-run"] };
    const owners = process.getuid?.() === 0 ? "apply" : "skip";
    const mode = { owners, reading: request.dryRun } as const;
    const opened = request.root === undefined ? undefined : await openRoot(ports, request.root, mode);
    if (opened === undefined) return layNewRoot(ports, request, owners);
    try {
      return await changeRoot(ports, request, opened);
    } finally {
      await opened.close();
    }
  },
});

function verbOf({ root, manifest, upgrade, remove, purge }: InstallOptionValues, packages: readonly string[]): Verb {
  if (root === undefined && manifest === undefined) {
    throw usage("neither --root nor --manifest is given", "name a directory with --root");
  }
  if (upgrade && remove) throw usage("--upgrade and --remove are given", "do one after the other");
  if (purge && !remove) throw usage("--purge is given without --remove", "give both, or neither");
  if (upgrade) return packages.length === 0 ? { kind: "upgrade" } : { kind: "upgrade", packages };
  if (packages.length === 0) throw usage("no package is named", "name the packages behind the options");
  return { kind: remove ? "remove" : "add", packages };
}

type InstallOptionValues = Pick<InstallOptions, "root" | "manifest" | "purge"> & {
  readonly upgrade: boolean;
  readonly remove: boolean;
};

function usage(problem: string, hint: string): CliError {
  return new CliError("CLI_USAGE", problem, { hint });
}
