import {
  keyringOf,
  loadKeyring,
  openRepositories,
  parsePublicKey,
  parseRepositoriesFile,
  requireSolved,
  solve,
  toApkArch,
  type Keyring,
  type PublicKey,
  type Repository,
} from "@apkmill/apk";
import { isEngineError, type Ports } from "@apkmill/core";
import { fetchChanges, loadAccountFiles, planChange, writeChange, type OpenRoot } from "@apkmill/rootfs";
import { hostArch } from "@apkmill/sandbox";
import type { CommandResult } from "../command.ts";
import { changeLines, showChange } from "./install-changes.ts";
import type { InstallOptions } from "./install-options.ts";
import { recordOwners } from "./record-owners.ts";
import { optionLocations, withDiscoveredKeys } from "./repository-options.ts";

/** Adds, upgrades or removes packages of a root that has some; says what was done, or with `dryRun` what would be. */
export async function changeRoot(ports: Ports, request: InstallOptions, opened: OpenRoot): Promise<CommandResult> {
  const { root, view } = opened;
  const arch = request.arch === undefined ? (root.archs[0] ?? hostArch()) : toApkArch(request.arch);
  const repositories = await openRootRepositories(ports, request, opened, arch);
  const solved = requireSolved(
    solve({ repositories, installed: root.packages, world: root.world, verb: request.verb, arch }),
  );
  for (const { name, neededBy } of solved.kept) ports.log.warn(`${name} stays: it is needed by ${neededBy.join(", ")}`);
  const { world } = solved;
  const fetched = await fetchChanges(ports, solved.changes);
  const accountFiles = await loadAccountFiles(ports, fetched.packages);
  const { purge } = request;
  const { owners } = opened.ground;
  const plan = planChange({ ...fetched, root, view, accountFiles, world, arch, owners, purge, limits: ports.limits });
  if (!request.dryRun) {
    await writeChange(ports, plan, fetched.packages, opened);
    await recordOwners(ports, { packages: fetched.packages, entries: plan.entries }, request.manifest, owners);
  }
  const changes = solved.changes.map(showChange);
  const actions = plan.actions.map(({ kind, path, reason }) => ({ kind, path, reason }));
  const installed = plan.installed.map(({ name, version }) => ({ package: `${name}-${version}` }));
  return { json: { installed, changes, actions }, text: changeLines(changes).join("\n") };
}

/** Repositories and keys as the options say; where they say nothing, the root's own. */
async function openRootRepositories(
  ports: Ports,
  request: InstallOptions,
  { settings }: OpenRoot,
  arch: string,
): Promise<Repository[]> {
  const given = await optionLocations(ports, request, arch);
  const own = settings.repositories.flatMap(({ file, text }) => parseRepositoriesFile(text, { arch, file }));
  const locations = given.length > 0 ? given : own;
  const keys =
    request.keyring.length > 0 ? await loadKeyring(ports, request.keyring) : ownKeyring(ports, settings.keys);
  const keyring = await withDiscoveredKeys(ports, keys, { discover: request["discover-keys"], locations, arch });
  return openRepositories(ports, { locations, keyring, arch, ignoreSignatures: request["ignore-signatures"] });
}

/** apk passes over files in the folder of keys that are none. */
function ownKeyring({ log }: Ports, keys: OpenRoot["settings"]["keys"]): Keyring {
  const read = ({ name, pem }: { readonly name: string; readonly pem: string }): PublicKey[] => {
    try {
      return [parsePublicKey(name, pem)];
    } catch (error) {
      if (!isEngineError(error)) throw error;
      log.warn(`the root's key ${name} cannot be read and counts for nothing`);
      return [];
    }
  };
  return keyringOf(keys.flatMap(read));
}
