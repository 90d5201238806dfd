import { defaultLimits } from "@apkmill/core";
import type { InstalledDirectory, InstalledPackage } from "@apkmill/apk";
import { noAccounts, withAccountFiles, type Accounts } from "../accounts.ts";
import { collectEntries } from "../collect-entries.ts";
import { describeInstalled } from "../describe-installed.ts";
import { joinPath } from "../entry-path.ts";
import { InstallTree } from "../install-tree.ts";
import { layDatabase, sortRecords, type DatabaseRecord } from "../lay-database.ts";
import { layPackage } from "../lay-package.ts";
import { layArch, layWorld } from "../lay-settings.ts";
import { ownerAt, type LaidPackage, type Laying } from "../laying.ts";
import { refuseConflicts } from "../plan-install.ts";
import { standingFiles } from "../planned-packages.ts";
import { RootfsError } from "../rootfs-error.ts";
import type { ChangePlan, ChangeRequest, RootChange } from "./change.ts";
import { collectActions } from "./collect-actions.ts";
import { DirectoryClaims } from "./directory-claims.ts";
import { parseProtectedPaths, protectionOf } from "./protected-paths.ts";
import { purge } from "./purge.ts";
import type { StandingRoot } from "./standing-root.ts";
import { groundOf, recordedFiles } from "./standing-tree.ts";

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
  const changing = beginChanging(request);
  for (const change of request.changes) applyChange(changing, change);
  refuseConflicts(changing.laying.conflicts);
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

/** The state of one transaction on its way. */
interface Changing {
  readonly request: ChangeRequest;
  readonly laying: Laying;
  readonly root: StandingRoot;
  readonly claims: DirectoryClaims;
  /** Name → what is installed under it now. */
  readonly present: Map<string, Present>;
  accounts: Accounts;
}

type Present =
  | { readonly kind: "laid"; readonly laid: LaidPackage; readonly tag: string }
  | { readonly kind: "installed"; readonly index: number; readonly installed: InstalledPackage };

function beginChanging(request: ChangeRequest): Changing {
  const { root: before, packages, limits, mtime } = request;
  const claimants = [...packages.map(({ control }) => control), ...before.packages];
  const tree = new InstallTree(groundOf(request.view));
  const root: StandingRoot = {
    view: request.view,
    ...recordedFiles(tree, before.packages, packages.length),
    leaving: leavingOf(request),
    isProtected: protectionOf(parseProtectedPaths(before.protectedPaths)),
    kept: new Map(),
  };
  const claims = new DirectoryClaims(claimants);
  for (const [index, one] of before.packages.entries()) claims.begin(packages.length + index, one.directories);
  const laying: Laying = {
    tree,
    packages,
    claimants,
    root,
    limits: limits ?? defaultLimits,
    identicalFiles: "refuse",
    mtime: mtime ?? 0,
    conflicts: [],
  };
  return {
    request,
    laying,
    root,
    claims,
    present: presentOf(request),
    accounts: withAccountFiles(noAccounts, before.accounts),
  };
}

function leavingOf({ root, packages, changes }: ChangeRequest): ReadonlySet<number> {
  const names = new Set(changes.flatMap((change) => (change.kind === "remove" ? [change.name] : [])));
  return new Set(root.packages.flatMap(({ name }, index) => (names.has(name) ? [packages.length + index] : [])));
}

function presentOf({ root, packages }: ChangeRequest): Map<string, Present> {
  const present = new Map<string, Present>();
  for (const [index, installed] of root.packages.entries()) {
    if (present.has(installed.name)) throw installedTwice(installed.name);
    present.set(installed.name, { kind: "installed", index: packages.length + index, installed });
  }
  return present;
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

function describeRecords({ present, laying, request }: Changing): DatabaseRecord[] {
  return [...present.values()].map((one) => {
    if (one.kind === "laid") {
      const { laid, tag } = one;
      const record = request.records?.get(laid.index);
      const installed = describeInstalled(laid, standingFiles(laying, laid), { record, tag });
      return { installed, scripts: laid.scripts, triggers: laid.triggers };
    }
    const { installed, index } = one;
    return {
      installed: { ...installed, directories: installed.directories.map((each) => remaining(laying, index, each)) },
      scripts: request.root.scripts.get(installed.checksum) ?? new Map(),
      triggers: request.root.triggers.get(installed.checksum) ?? [],
    };
  });
}

/** A directory of the database without the files that other packages took over. */
function remaining(laying: Laying, index: number, directory: InstalledDirectory): InstalledDirectory {
  const place = laying.tree.resolve(directory.path);
  const isLost = (path: string): boolean => {
    const owner = ownerAt(laying, path);
    return owner !== undefined && owner !== index && owner < laying.packages.length;
  };
  const files = directory.files.filter(({ name }) => place.found === "obstacle" || !isLost(joinPath(place.path, name)));
  return { ...directory, files };
}

/** Returns the paths that are to be written after all others: the database at the very end. */
function laySettings({ laying, request }: Changing, records: readonly DatabaseRecord[]): ReadonlySet<string> {
  const { root, world, arch } = request;
  const before = new Set([...laying.tree.entries()].map(([path]) => path));
  layWorld(laying, world);
  if (root.archs.length === 0) layArch(laying, arch);
  layDatabase(laying, records, { folder: root.databaseFolder, scriptsForm: root.scriptsForm });
  return new Set([...laying.tree.entries()].map(([path]) => path).filter((path) => !before.has(path)));
}

function installedTwice(name: string): RootfsError {
  return new RootfsError("ROOTFS_BAD_DATABASE", `cannot change the root: its database has ${name} twice`, {
    hint: "restore the database, or install the packages anew",
    context: { package: name },
  });
}

function unknownPackage(name: string): RootfsError {
  return new RootfsError("ROOTFS_BAD_REQUEST", `cannot change the root: there is no package ${name}`, {
    kind: "bug",
    hint: "pass the packages that the changes were made for",
  });
}
