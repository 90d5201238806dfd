import { defaultLimits } from "@apkmill/core";
import { noAccounts, withAccountFiles } from "./accounts.ts";
import { collectEntries } from "./collect-entries.ts";
import { describeInstalled } from "./describe-installed.ts";
import { layDatabase, type DatabaseRecord } from "./lay-database.ts";
import { layPackage } from "./lay-package.ts";
import { laySettings } from "./lay-settings.ts";
import type { LaidPackage, Laying } from "./laying.ts";
import { InstallTree } from "./install-tree.ts";
import { describePackages, standingFiles } from "./planned-packages.ts";
import type { InstallPlan, InstallRequest } from "./plan.ts";
import { RootfsError } from "./rootfs-error.ts";

/**
 * What `apk add --no-scripts` would leave of these packages in an empty root: every path with its owner and the reason,
 * the database and the settings included. Pure: no disk, no clock; the same request gives the same plan.
 *
 * @throws RootfsError ROOTFS_CONFLICT (all conflicts at once), ROOTFS_UNSAFE_PATH, ROOTFS_BAD_PARENT, ROOTFS_BAD_LINK,
 * ROOTFS_DUPLICATE_PATH, ROOTFS_BAD_REQUEST; CoreError LIMIT_EXCEEDED
 */
export function planInstall(request: InstallRequest): InstallPlan {
  const superseded = findSuperseded(request);
  const laying = beginLaying(request);
  const laid = layPackages(laying, request, superseded);
  refuseConflicts(laying.conflicts);
  laySettings(laying, request);
  const place = { folder: "lib/apk/db", scriptsForm: request.scriptsForm ?? "scripts.tar" } as const;
  const databaseFolder = layDatabase(laying, describeLaid(laying, request, laid), place);
  return {
    arch: request.arch,
    entries: collectEntries(laying.tree),
    packages: describePackages(laying, request.packages, laid, superseded),
    databaseFolder,
  };
}

/** Of several packages of one name the last one is installed, the others are what it upgraded. Index → its successor's. */
function findSuperseded({ packages }: InstallRequest): ReadonlyMap<number, number> {
  const last = new Map(packages.map(({ control }, index) => [control.name, index]));
  const superseded = new Map<number, number>();
  for (const [index, { control }] of packages.entries()) {
    const successor = last.get(control.name);
    if (successor !== undefined && successor !== index) superseded.set(index, successor);
  }
  return superseded;
}

function beginLaying({ packages, identicalFiles, mtime, limits }: InstallRequest): Laying {
  return {
    tree: new InstallTree(),
    packages,
    claimants: packages.map(({ control }) => control),
    limits: limits ?? defaultLimits,
    identicalFiles: identicalFiles ?? "refuse",
    mtime: mtime ?? 0,
    conflicts: [],
  };
}

function layPackages(laying: Laying, request: InstallRequest, superseded: ReadonlyMap<number, number>): LaidPackage[] {
  const laid: LaidPackage[] = [];
  let accounts = noAccounts;
  for (const [index, stored] of request.packages.entries()) {
    if (superseded.has(index)) continue;
    laid.push(layPackage(laying, { stored, index, accounts, record: request.records?.get(index) }));
    accounts = withAccountFiles(accounts, request.accountFiles.get(index) ?? {});
  }
  return laid;
}

function describeLaid(laying: Laying, request: InstallRequest, laid: readonly LaidPackage[]): DatabaseRecord[] {
  return laid.map((one) => ({
    installed: describeInstalled(one, standingFiles(laying, one), {
      record: request.records?.get(one.index),
      tag: request.pins?.get(one.stored.control.name),
    }),
    scripts: one.scripts,
    triggers: one.triggers,
  }));
}

/** Enough to see what is wrong; two unrelated distributions could conflict in ten thousand paths. */
const shownConflicts = 20;

/** @throws RootfsError ROOTFS_CONFLICT with all of them */
export function refuseConflicts(conflicts: readonly RootfsError[]): void {
  const [first] = conflicts;
  if (first === undefined) return;
  if (conflicts.length === 1) throw first;
  throw new RootfsError("ROOTFS_CONFLICT", `${conflicts.length} paths are wanted by two packages each`, {
    hint: first.hint,
    context: first.context,
    problems: conflicts.slice(0, shownConflicts),
  });
}
