import { compareBytes } from "@apkmill/core";
import { ancestorsOf, baseNameOf, joinPath, parentOf } from "../entry-path.ts";
import type { InstallTree } from "../install-tree.ts";
import { labelOf } from "../precedence.ts";
import type { PlannedEntry } from "../plan.ts";
import type { RootAction } from "./change.ts";
import type { DirectoryClaims } from "./directory-claims.ts";
import type { RootView } from "./root-view.ts";
import type { StandingRoot } from "./standing-root.ts";

/** What leads from the disk to the tree, in an order in which it can be done. `last` are files that come after all else. */
export function collectActions(
  tree: InstallTree,
  root: StandingRoot,
  { claims, entries, last }: { claims: DirectoryClaims; entries: readonly PlannedEntry[]; last: readonly string[] },
): RootAction[] {
  const isLast = new Set(last);
  const written = entries.filter(({ type, path }) => type !== "directory" && !isLast.has(path));
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  return [
    ...entries.filter(({ type }) => type === "directory").map(makeDirectory),
    ...written.map(write),
    ...deletions(tree, root.view, entries),
    ...abandonedDirectories(tree, root.view, claims, entries),
    ...settledDirectories(tree, root, claims),
    ...keptFiles(root),
    ...last.flatMap((path) => byPath.get(path) ?? []).map(write),
  ];
}

function makeDirectory(entry: PlannedEntry): RootAction {
  return { kind: "make-directory", path: entry.path, entry, reason: entry.reason };
}

function write(entry: PlannedEntry): RootAction {
  return { kind: "write", path: entry.path, entry, reason: entry.reason };
}

/** Also what stood where a directory goes: that alone is no matter of a rename. */
function deletions(tree: InstallTree, view: RootView, entries: readonly PlannedEntry[]): RootAction[] {
  const directories = entries.flatMap(({ type, path }) => (type === "directory" ? [path] : []));
  return [...tree.removed(), ...directories]
    .filter((path) => view.at(path) !== undefined)
    .sort(compareBytes)
    .map((path) => ({ kind: "delete", path, reason: "no package has it any more" }));
}

/** Directories of removed packages, where nothing else is in them; one that is a link now stays. */
function abandonedDirectories(
  tree: InstallTree,
  view: RootView,
  claims: DirectoryClaims,
  entries: readonly PlannedEntry[],
): RootAction[] {
  const occupied = new Set(entries.flatMap(({ path }) => ancestorsOf(path)));
  return claims.abandoned().flatMap((directory) => {
    const parent = tree.resolve(parentOf(directory));
    if (parent.found !== "directory") return [];
    const path = joinPath(parent.path, baseNameOf(directory));
    const isEmpty = view.namesIn(path).every((name) => tree.at(joinPath(path, name)) === undefined);
    // Beyond a link on the way it may be another package's, under another name.
    if (tree.at(path)?.type !== "directory" || claims.isListed(path) || occupied.has(path) || !isEmpty) return [];
    tree.remove(path);
    return [{ kind: "remove-directory", path, reason: "no package has it any more" }];
  });
}

/**
 * Directories that stand on the disk as the package that goes before had said, and of which another one says something else
 * now. One that the administrator changed, or that no package had, stays as it is (reference apk-formats A8).
 */
function settledDirectories(tree: InstallTree, root: StandingRoot, claims: DirectoryClaims): RootAction[] {
  const asSaid = root.hasOwners ? isSame : hasSameMode;
  return claims.changed().flatMap(({ path: directory, before, after }) => {
    const place = tree.resolve(directory);
    const standing = place.found === "directory" ? root.view.at(place.path) : undefined;
    if (place.path === "" || standing?.type !== "directory" || before === undefined || after === undefined) return [];
    const { mode, uid, gid } = after.said;
    if (isSame(before.said, after.said) || !asSaid(standing, before.said)) return [];
    return [{ kind: "settle-directory", path: place.path, mode, uid, gid, reason: labelOf(after.by) }];
  });
}

function hasSameMode(a: Permissions, b: Permissions): boolean {
  return a.mode === b.mode;
}

function isSame(a: Permissions, b: Permissions): boolean {
  return hasSameMode(a, b) && a.uid === b.uid && a.gid === b.gid;
}

interface Permissions {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

function keptFiles({ kept }: StandingRoot): RootAction[] {
  return [...kept].sort(([a], [b]) => compareBytes(a, b)).map(([path, reason]) => ({ kind: "keep", path, reason }));
}
