import { withAccountFiles, type Accounts } from "../accounts.ts";
import { collectEntries } from "../collect-entries.ts";
import { describeInstalled } from "../describe-installed.ts";
import { layDatabase, sortRecords, type DatabaseRecord } from "../lay-database.ts";
import { layPackage } from "../lay-package.ts";
import { layArch, layKeys, layRepositories, layWorld } from "../lay-settings.ts";
import type { PlannedPackage } from "../plan.ts";
import { refuseConflicts } from "../plan-install.ts";
import { describePackages } from "../planned-packages.ts";
import { RootfsError } from "../rootfs-error.ts";
import type { ChangePlan, ChangeRequest, RootChange } from "./change.ts";
import { describeRecords } from "./changed-database.ts";
import { beginChanging, type Changing } from "./changing.ts";
import { collectActions } from "./collect-actions.ts";
import { purge } from "./purge.ts";

/**
 * What `apk add`, `upgrade` or `del` with scripts off would do to a root that has packages: every path that is written, kept
 * or removed, with the reason, and the database afterwards. Pure: the disk is a view that was taken before.
 *
 * One change after the other, as apk commits them: the new package's entries are laid over what stands, then what is left of
 * the old one is taken away.
 *
 * @throws RootfsError ROOTFS_CONFLICT (all conflicts at once), ROOTFS_UNSAFE_PATH, ROOTFS_BAD_PARENT, ROOTFS_BAD_LINK,
 * ROOTFS_DUPLICATE_PATH, ROOTFS_BAD_REQUEST, ROOTFS_BAD_DATABASE; CoreError LIMIT_EXCEEDED
 */
export function planChange(request: ChangeRequest): ChangePlan {
  return describeChange(applyChanges(request));
}

/** {@link planChange}, and what became of each package, in their order: for who makes layers of them. @throws as planChange */
export function planLayeredChange(
  request: ChangeRequest,
): ChangePlan & { readonly packages: readonly PlannedPackage[] } {
  const changing = applyChanges(request);
  const laid = [...changing.present.values()].flatMap((one) => (one.kind === "laid" ? [one.laid] : []));
  const packages = describePackages(changing.laying, request.packages, laid, new Map());
  return { ...describeChange(changing), packages };
}

function applyChanges(request: ChangeRequest): Changing {
  const changing = beginChanging(request);
  for (const change of request.changes) applyChange(changing, change);
  refuseConflicts(changing.laying.conflicts);
  return changing;
}

function describeChange(changing: Changing): ChangePlan {
  const records = sortRecords(describeRecords(changing));
  const last = laySettings(changing, records);
  const { laying, root, claims } = changing;
  const entries = collectEntries(laying.tree);
  return {
    actions: collectActions(laying.tree, root, { claims, entries, last }),
    entries,
    installed: records.map(({ installed }) => installed),
  };
}

function applyChange(changing: Changing, change: RootChange): void {
  switch (change.kind) {
    case "remove":
      takeAway(changing, change.name);
      changing.present.delete(change.name);
      break;
    case "repin":
      repin(changing, change.name, change.tag);
      break;
    default:
      lay(changing, change.package, change.tag);
  }
}

function lay(changing: Changing, index: number, tag: string): void {
  const { request, laying, claims, present } = changing;
  const stored = request.packages[index];
  if (stored === undefined) throw unknownPackage(`number ${String(index)}`);
  const laid = layPackage(laying, { stored, index, accounts: changing.accounts, record: request.records?.get(index) });
  claims.add(index, describeInstalled(laid, [], {}).directories);
  takeAway(changing, stored.control.name);
  present.set(stored.control.name, { kind: "laid", laid, tag });
  changing.accounts = accountsAfter(changing, index);
}

/** What is left of the installed package of that name, if there is one. */
function takeAway({ laying, root, claims, present, request }: Changing, name: string): void {
  const old = present.get(name);
  if (old?.kind !== "installed") return;
  purge(laying.tree, root, old, { evenChanged: request.purge ?? false });
  claims.remove(old.index, old.installed.directories);
}

/** A package's account file counts from now on, where it came to stand in its own place. */
function accountsAfter({ request, laying: { tree }, accounts }: Changing, index: number): Accounts {
  const brought = request.accountFiles.get(index) ?? {};
  const stands = (path: string): boolean => tree.at(path)?.owner === index;
  return withAccountFiles(accounts, {
    ...(brought.passwd !== undefined && stands("etc/passwd") ? { passwd: brought.passwd } : {}),
    ...(brought.group !== undefined && stands("etc/group") ? { group: brought.group } : {}),
  });
}

function repin({ present }: Changing, name: string, tag: string): void {
  const found = present.get(name);
  if (found === undefined) throw unknownPackage(name);
  present.set(name, found.kind === "laid" ? { ...found, tag } : { ...found, installed: { ...found.installed, tag } });
}

/** Returns the paths that are to be written after all others, in this order: the database at the very end. */
function laySettings({ laying, request }: Changing, records: readonly DatabaseRecord[]): string[] {
  const { root, world, arch, keys = [], repositories = [] } = request;
  const settings = [layWorld(laying, world), ...(root.archs.length === 0 ? [layArch(laying, arch)] : [])];
  layRepositories(laying, repositories, "always");
  layKeys(laying, keys);
  const folder = layDatabase(laying, records, { folder: root.databaseFolder, scriptsForm: root.scriptsForm });
  return [...settings, ...[root.scriptsForm, "triggers", "installed"].map((name) => `${folder}/${name}`)];
}

function unknownPackage(name: string): RootfsError {
  return new RootfsError("ROOTFS_BAD_REQUEST", `cannot change the root: there is no package ${name}`, {
    kind: "bug",
    hint: "pass the packages that the changes were made for",
  });
}
