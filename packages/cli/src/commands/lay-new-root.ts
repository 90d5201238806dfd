import { repositoryLine, requireSolved, solve } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import { fetchChanges, loadAccountFiles, planInstall, writePlanToDisk } from "@apkmill/rootfs";
import { CliError } from "../cli-error.ts";
import type { CommandResult } from "../command.ts";
import { changeLines, showChange } from "./install-changes.ts";
import type { InstallOptions } from "./install-options.ts";
import { recordOwners } from "./record-owners.ts";
import { openOptionRepositories } from "./repository-options.ts";

/** Lays packages down where nothing is; without a root only the manifest is written. */
export async function layNewRoot(
  ports: Ports,
  request: InstallOptions,
  owners: "apply" | "skip",
): Promise<CommandResult> {
  const { verb, root, manifest } = request;
  if (verb.kind !== "add") {
    throw new CliError("CLI_USAGE", `there are no packages in ${root ?? "no root"}`, {
      hint: "name a root that has some",
    });
  }
  const { repositories, locations, keyring, arch } = await openOptionRepositories(ports, request);
  const solved = requireSolved(solve({ repositories, world: [], verb, arch }));
  const { packages, records } = await fetchChanges(ports, solved.changes);
  const plan = planInstall({
    packages,
    accountFiles: await loadAccountFiles(ports, packages),
    records,
    pins: new Map(
      solved.changes.flatMap((change) => (change.kind === "install" ? [[change.package.record.name, change.tag]] : [])),
    ),
    world: solved.world,
    arch,
    keys: [...keyring.keys.values()],
    repositories: locations.map(repositoryLine),
    scriptsForm: "scripts.tar.gz",
    limits: ports.limits,
  });
  if (!request.dryRun) {
    if (root !== undefined) await writePlanToDisk(ports, plan, packages, root, { owners });
    await recordOwners(ports, { packages, entries: plan.entries }, manifest, owners);
  }
  const installed = plan.packages.map(({ label, kept }) => ({ package: label, entries: kept }));
  const changes = solved.changes.map(showChange);
  return { json: { installed, changes }, text: changeLines(changes).join("\n") };
}
