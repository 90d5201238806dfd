import type { InstalledPackage } from "@apkmill/apk";
import { defaultLimits } from "@apkmill/core";
import { noAccounts, withAccountFiles, type Accounts } from "../accounts.ts";
import { InstallTree } from "../install-tree.ts";
import type { LaidPackage, Laying } from "../laying.ts";
import { RootfsError } from "../rootfs-error.ts";
import type { ChangeRequest } from "./change.ts";
import { DirectoryClaims } from "./directory-claims.ts";
import { parseProtectedPaths, protectionOf } from "./protected-paths.ts";
import type { StandingRoot } from "./standing-root.ts";
import { groundOf, recordedFiles } from "./standing-tree.ts";

/** The state of one transaction on its way. */
export interface Changing {
  readonly request: ChangeRequest;
  readonly laying: Laying;
  readonly root: StandingRoot;
  readonly claims: DirectoryClaims;
  /** Name → what is installed under it now. */
  readonly present: Map<string, Present>;
  accounts: Accounts;
}

/** A package that is installed at this point of the transaction. */
export type Present =
  | { readonly kind: "laid"; readonly laid: LaidPackage; readonly tag: string }
  | { readonly kind: "installed"; readonly index: number; readonly installed: InstalledPackage };

/** Before the first change. @throws RootfsError ROOTFS_BAD_DATABASE */
export function beginChanging(request: ChangeRequest): Changing {
  const { root: before, packages, limits, mtime } = request;
  const claimants = [...packages.map(({ control }) => control), ...before.packages];
  const tree = new InstallTree(groundOf(request.view));
  const root: StandingRoot = {
    view: request.view,
    hasOwners: request.owners !== "skip",
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
    identicalFiles: request.identicalFiles ?? "refuse",
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

function installedTwice(name: string): RootfsError {
  return new RootfsError("ROOTFS_BAD_DATABASE", `cannot change the root: its database has ${name} twice`, {
    hint: "restore the database, or install the packages anew",
    context: { package: name },
  });
}
