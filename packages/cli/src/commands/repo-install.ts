import { addToWorld, fetchPackages, requireSolution, solve } from "@apkmill/apk";
import { loadAccountFiles, planInstall, planManifest, writePlanToDisk } from "@apkmill/rootfs";
import { writeFileAside } from "@apkmill/core";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { openOptionRepositories, repositoryOptions } from "./repository-options.ts";

export const repoInstall = defineCommand({
  summary: "Lays packages down in an empty root as `apk add --no-scripts` would, with the database.",
  positionals: "PACKAGE…",
  arity: [1, Infinity],
  example: "apkmill repo install --root ./root -r ./packages -k acme.rsa.pub alpine-base",
  options: {
    ...repositoryOptions,
    root: { kind: "text", value: "DIR", help: "the directory that becomes the root; it must be empty or absent" },
    manifest: {
      kind: "text",
      value: "FILE",
      help: "write the list of entries with owner and mode; without root, this is where owners go",
    },
  },
  async run(ports, { options, positionals }) {
    if (options.root === undefined && options.manifest === undefined) {
      throw new CliError("CLI_USAGE", "neither --root nor --manifest is given", {
        hint: "name a directory with --root",
      });
    }
    const { repositories, keyring, arch } = await openOptionRepositories(ports, options);
    const world = addToWorld([], positionals);
    const resolved = requireSolution(solve({ repositories, world, arch }));
    const packages = await fetchPackages(ports, resolved);
    const plan = planInstall({
      packages,
      accountFiles: await loadAccountFiles(ports, packages),
      records: new Map(resolved.map(({ record }, index) => [index, record])),
      world,
      arch,
      keys: [...keyring.keys.values()],
      repositories: options.repository,
      limits: ports.limits,
    });
    if (!options["dry-run"]) {
      const owners = process.getuid?.() === 0 ? "apply" : "skip";
      if (options.root !== undefined) await writePlanToDisk(ports, plan, packages, options.root, { owners });
      if (options.manifest !== undefined) await writeFileAside(options.manifest, planManifest(plan.entries));
      if (owners === "skip" && options.manifest === undefined) {
        ports.log.warn("not running as root: owners were left out; --manifest FILE writes them down");
      }
    }
    const installed = plan.packages.map(({ label, kept }) => ({ package: label, entries: kept }));
    return { json: { installed }, text: installed.map((entry) => entry.package).join("\n") };
  },
});
