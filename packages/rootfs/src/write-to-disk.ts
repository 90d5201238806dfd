import { chmodSync, chownSync, lchownSync, linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { ContentPorts, StoredPackage } from "@apkmill/apk";
import { asideOf, isSystemError, type Ports } from "@apkmill/core";
import { at, requireGoing, unwritable, type Ground, type OwnerMode } from "./disk-ground.ts";
import type { InstallPlan, PlannedEntry } from "./plan.ts";
import { RootfsError } from "./rootfs-error.ts";
import { writeFiles } from "./write-files.ts";
import { leftOut, writeSpecials } from "./write-specials.ts";

/** What the disk does not say although the plan does; a manifest carries the owners. */
export interface WrittenRoot {
  readonly unapplied: readonly { readonly path: string; readonly what: string }[];
}

/**
 * Lays a plan down as files under `root`, which must be absent or an empty folder. Everything is written into a hidden
 * folder beside it and renamed when whole. With `owners: "apply"` (root only) owners, devices and extended attributes are
 * as planned; with `"skip"` they are left out, and what else than owners was is named in the result.
 *
 * No symbolic link is ever followed: the plan has none on the way to any path, the folder is new, and links are made when
 * all files stand.
 *
 * @throws RootfsError ROOTFS_NOT_EMPTY, ROOTFS_UNWRITABLE, ROOTFS_STALE_PLAN; CoreError CANCELLED
 */
export async function writePlanToDisk(
  ports: ContentPorts & Pick<Ports, "signal" | "env">,
  plan: Pick<InstallPlan, "entries">,
  packages: readonly StoredPackage[],
  root: string,
  { owners }: { readonly owners: OwnerMode },
): Promise<WrittenRoot> {
  await requireEmpty(root);
  const ground: Ground = { folder: asideOf(root), owners, signal: ports.signal, searchPath: ports.env["PATH"] };
  try {
    await beginRoot(ground);
    const unapplied = await writeEntries(ground, ports, packages, plan.entries);
    settleRoot(ground);
    await rename(ground.folder, root);
    return { unapplied };
  } catch (cause) {
    await discard(ground, plan.entries);
    throw isSystemError(cause) ? unwritable(root, cause) : cause;
  }
}

/**
 * Writes entries, sorted by path, below `ground.folder`, where nothing of theirs may stand yet. Returns what was left out.
 * @throws RootfsError ROOTFS_UNWRITABLE, ROOTFS_STALE_PLAN; CoreError CANCELLED
 */
export async function writeEntries(
  ground: Ground,
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  entries: readonly PlannedEntry[],
): Promise<WrittenRoot["unapplied"]> {
  makeDirectories(ground, entries);
  await writeFiles(ground, ports, packages, entries);
  await writeSpecials(
    ground,
    entries.filter(({ type }) => type !== "symlink"),
  );
  makeLinks(ground, entries);
  await writeSpecials(
    ground,
    entries.filter(({ type }) => type === "symlink"),
  );
  settleDirectories(ground, entries);
  return leftOut(ground, entries);
}

async function requireEmpty(root: string): Promise<void> {
  const found = await readdir(root).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code === "ENOENT") return [];
    throw isSystemError(cause) ? unwritable(root, cause) : cause;
  });
  if (found.length === 0) return;
  throw new RootfsError("ROOTFS_NOT_EMPTY", `cannot lay a root into ${root}: it holds ${found.length} entries`, {
    hint: "give a new or an empty folder",
    context: { path: root },
  });
}

/** Removes what was written; directories that are closed to the writer by now are opened first. Never hides the cause. */
async function discard({ folder }: Ground, entries: readonly PlannedEntry[]): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  for (const { path, type } of entries) {
    if (type === "directory") await chmod(`${folder}/${path}`, 0o700).catch(() => undefined);
  }
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

async function beginRoot(ground: Ground): Promise<void> {
  await mkdir(dirname(ground.folder), { recursive: true });
  mkdirSync(ground.folder, { mode: 0o700 });
}

/** Open to the writer alone until everything stands; `settleDirectories` gives the planned modes. */
function makeDirectories(ground: Ground, entries: readonly PlannedEntry[]): void {
  for (const { path, type } of entries) {
    if (type === "directory") at(ground, path, (target) => mkdirSync(target, { mode: 0o700 }));
  }
}

function makeLinks(ground: Ground, entries: readonly PlannedEntry[]): void {
  requireGoing(ground);
  for (const { path, type, linkPath } of entries) {
    if (type === "hardlink") at(ground, path, (target) => linkSync(`${ground.folder}/${linkPath}`, target));
  }
  for (const entry of entries) if (entry.type === "symlink") makeSymlink(ground, entry);
}

function makeSymlink(ground: Ground, { path, linkPath, uid, gid, mtime }: PlannedEntry): void {
  at(ground, path, (target) => {
    symlinkSync(linkPath, target);
    if (ground.owners === "apply") lchownSync(target, uid, gid);
    lutimesSync(target, mtime, mtime);
  });
}

/** Deepest first, so that no later change touches a time or meets a closed directory. */
function settleDirectories(ground: Ground, entries: readonly PlannedEntry[]): void {
  for (const { path, type, mode, uid, gid, mtime } of entries.toReversed()) {
    if (type !== "directory") continue;
    at(ground, path, (target) => {
      if (ground.owners === "apply") chownSync(target, uid, gid);
      chmodSync(target, mode);
      utimesSync(target, mtime, mtime);
    });
  }
}

/** The root itself is root's, 0755. */
function settleRoot(ground: Ground): void {
  at(ground, "", (target) => {
    if (ground.owners === "apply") chownSync(target, 0, 0);
    chmodSync(target, 0o755);
  });
}
