import { fetchPackages, requireSolution, solveRemembered, type AvailablePackage } from "@apkmill/apk";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { openOptionRepositories, repositoryOptions } from "./repository-options.ts";

export const repoFetch = defineCommand({
  summary:
    "Brings packages, with all that they need, into the store, whole and verified; what is there is not fetched again.",
  positionals: "[PACKAGE…]",
  arity: [0, Infinity],
  example: "apkmill repo fetch --arch x86_64 -r https://packages.example -k acme.rsa.pub nginx",
  options: {
    ...repositoryOptions,
    all: { kind: "flag", help: "fetch every package that the repositories list" },
  },
  async run(ports, { options, positionals }) {
    if (options.all === positionals.length > 0) {
      throw new CliError("CLI_USAGE", "give either packages or --all");
    }
    const { repositories, arch } = await openOptionRepositories(ports, options);
    const wanted: readonly AvailablePackage[] = options.all
      ? repositories.flatMap((repository) => repository.records.map((record) => ({ record, repository })))
      : requireSolution(solveRemembered(ports, { repositories, world: positionals, arch }));
    const stored = await fetchPackages(ports, wanted);
    const fetched = stored.map(({ control, identity, apkSizeBytes, data }) => ({
      name: control.name,
      version: control.version,
      arch: control.arch,
      checksum: identity,
      data: data.digest,
      sizeBytes: apkSizeBytes,
    }));
    return { json: { fetched }, text: fetched.map(({ name, version }) => `${name}-${version}`).join("\n") };
  },
});
