import { addToWorld, requireSolution, solve } from "@apkmill/apk";
import { defineCommand } from "../command.ts";
import { openOptionRepositories, repositoryOptions } from "./repository-options.ts";

export const repoResolve = defineCommand({
  summary: "Says which packages apk would install, in its order; or why there is no such set.",
  positionals: "PACKAGE…",
  arity: [1, Infinity],
  example: "apkmill repo resolve --arch x86_64 -r ./packages -k acme.rsa.pub 'nginx>1.24'",
  options: repositoryOptions,
  async run(ports, { options, positionals }) {
    const { repositories, arch } = await openOptionRepositories(ports, options);
    const install = requireSolution(solve({ repositories, world: addToWorld([], positionals), arch })).map(
      ({ record, repository }) => ({
        name: record.name,
        version: record.version,
        arch: record.arch,
        repository: repository.location,
        checksum: record.checksum,
        sizeBytes: record.sizeBytes,
      }),
    );
    return { json: { install }, text: install.map(({ name, version }) => `${name}-${version}`).join("\n") };
  },
});
