import { constants } from "node:fs";
import { chmod, lstat, open, readdir, readlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { BigIntStats, Dirent } from "node:fs";
import { isElf } from "@apkmill/archive";
import { isSystemError, reasonOf } from "@apkmill/core";
import { BuildError } from "./build-error.ts";
import { readElf } from "./elf.ts";
import type { FileFacts, PackageTree, TreeEntry } from "./package-tree.ts";

/** How numbers on disk become owners in a package. */
export interface OwnerRules {
  /** True when the files are all ours because the build ran without root: they then belong to root. */
  readonly allRoot: boolean;
  /** The build user's numbers, which become root's. */
  readonly buildUser: { readonly uid: number; readonly gid: number };
  readonly userNames: ReadonlyMap<number, string>;
  readonly groupNames: ReadonlyMap<number, string>;
}

/**
 * Reads the tree that pipelines left in `root`: types, modes, links and one pass over every file. Times on disk do not count:
 * every entry gets `mtime`. Nothing is followed out of the tree. The order and the result are the same on every machine.
 * @throws BuildError BUILD_BAD_OUTPUT for what no package can hold (sockets, names that are not UTF-8)
 */
export async function readTree(
  root: string,
  { packageName, mtime, owners }: { readonly packageName: string; readonly mtime: number; readonly owners: OwnerRules },
): Promise<PackageTree> {
  await requireDirectory(root);
  const walk: Walk = { packageName, mtime, owners, firstOfInode: new Map(), entries: [] };
  await readFolder(root, "", walk);
  return { packageName, entries: walk.entries };
}

interface Walk {
  readonly packageName: string;
  readonly mtime: number;
  readonly owners: OwnerRules;
  /** Inode → the first name of a file that has several. */
  readonly firstOfInode: Map<string, TreeEntry>;
  readonly entries: TreeEntry[];
}

/** A pipeline could have put a link to the host's files in the place of its output. */
async function requireDirectory(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) return;
  throw new BuildError("BUILD_BAD_OUTPUT", `expected ${path} to be a directory, found something else`, {
    kind: "pipeline",
    hint: "let the steps write below ${{targets.contextdir}}, not replace it",
  });
}

async function readFolder(disk: string, path: string, walk: Walk): Promise<void> {
  for (const child of await sortedChildren(disk, walk.packageName)) {
    const childPath = path === "" ? child.name : `${path}/${child.name}`;
    const childDisk = join(disk, child.name);
    walk.entries.push(await readEntry(childDisk, childPath, walk));
    if (child.isDirectory()) await readFolder(childDisk, childPath, walk);
  }
}

async function sortedChildren(disk: string, packageName: string): Promise<Dirent[]> {
  await makeListable(disk);
  const found = await readdir(disk, { withFileTypes: true, encoding: "buffer" });
  const children = await readdir(disk, { withFileTypes: true });
  const lossy = found.find((child) => !Buffer.from(child.name.toString("utf8")).equals(child.name));
  if (lossy !== undefined) {
    throw badOutput(packageName, `${disk}/${lossy.name.toString("latin1")}`, "its name is not UTF-8");
  }
  return children.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** Without root, a directory that its owner may not list must be opened up first; its mode is recorded by then. */
async function makeListable(disk: string): Promise<void> {
  const { mode } = await lstat(disk);
  if ((mode & 0o500) !== 0o500) await chmod(disk, 0o700);
}

async function readEntry(disk: string, path: string, walk: Walk): Promise<TreeEntry> {
  const stats = await lstat(disk, { bigint: true });
  const common = { path, mtime: walk.mtime, xattrs: new Map(), pax: new Map(), ...owner(stats, walk.owners) };
  const plain = { ...common, mode: Number(stats.mode) & 0o7777, sizeBytes: 0, linkPath: "" };
  if (stats.isDirectory()) return { ...plain, type: "directory" };
  if (stats.isSymbolicLink()) return { ...plain, type: "symlink", mode: 0o777, linkPath: await readlink(disk) };
  if (stats.isFIFO()) return { ...plain, type: "fifo" };
  if (stats.isCharacterDevice()) return { ...plain, type: "character", device: deviceOf(stats) };
  if (stats.isBlockDevice()) return { ...plain, type: "block", device: deviceOf(stats) };
  if (!stats.isFile()) throw badOutput(walk.packageName, path, "it is a socket, which no package can hold");
  const first = stats.nlink > 1n ? walk.firstOfInode.get(inodeOf(stats)) : undefined;
  if (first !== undefined) return { ...plain, type: "hardlink", mode: first.mode, linkPath: first.path };
  const sizeBytes = Number(stats.size);
  const entry: TreeEntry = { ...plain, type: "file", sizeBytes, file: await readFacts(disk) };
  if (stats.nlink > 1n) walk.firstOfInode.set(inodeOf(stats), entry);
  return entry;
}

const inodeOf = (stats: BigIntStats): string => `${String(stats.dev)}:${String(stats.ino)}`;

function owner(stats: BigIntStats, rules: OwnerRules): { uid: number; gid: number; uname: string; gname: string } {
  const uid = rules.allRoot || Number(stats.uid) === rules.buildUser.uid ? 0 : Number(stats.uid);
  const gid = rules.allRoot || Number(stats.gid) === rules.buildUser.gid ? 0 : Number(stats.gid);
  const name = (id: number, names: ReadonlyMap<number, string>): string => (id === 0 ? "root" : (names.get(id) ?? ""));
  return { uid, gid, uname: name(uid, rules.userNames), gname: name(gid, rules.groupNames) };
}

/** Major and minor as Linux packs them into st_rdev (makedev(3)). */
function deviceOf({ rdev }: BigIntStats): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return { major: Number(major), minor: Number(minor) };
}

async function readFacts(disk: string): Promise<FileFacts> {
  const handle = await openUnfollowed(disk);
  try {
    const head = await readAt(handle, 0, 128);
    const elf = isElf(head) ? await readElf((position, length) => readAt(handle, position, length)) : undefined;
    return { diskPath: disk, head, elf };
  } finally {
    await handle.close();
  }
}

/**
 * Opens a file of a tree for reading; the caller closes it. A file without permission to read (setuid programs are often 04111)
 * is still ours: without root it is made readable, after its mode was recorded.
 */
export async function openUnfollowed(disk: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  try {
    return await open(disk, flags);
  } catch (cause) {
    if (!isSystemError(cause) || cause.code !== "EACCES") throw cause;
    await chmod(disk, 0o600);
    return await open(disk, flags);
  }
}

/** The content of a regular file of a tree, at most its first `limitBytes`; empty for anything else. */
export async function readContent(entry: TreeEntry, limitBytes: number): Promise<Buffer> {
  if (entry.file === undefined) return Buffer.alloc(0);
  const handle = await openUnfollowed(entry.file.diskPath);
  try {
    return await readAt(handle, 0, Math.min(entry.sizeBytes, limitBytes));
  } finally {
    await handle.close();
  }
}

/** The whole content of a regular file of a tree, in chunks. */
export async function* streamContent(entry: TreeEntry): AsyncGenerator<Uint8Array> {
  if (entry.generated !== undefined) yield entry.generated;
  if (entry.file === undefined) return;
  const handle = await openUnfollowed(entry.file.diskPath);
  yield* handle.createReadStream({ highWaterMark: 1 << 20 });
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position).catch((cause: unknown) => {
    // A position that no file has: the header lies, and there is nothing there.
    if (isSystemError(cause) || cause instanceof RangeError) return { bytesRead: 0 };
    throw new Error(reasonOf(cause), { cause });
  });
  return bytes.subarray(0, bytesRead);
}

function badOutput(packageName: string, path: string, why: string): BuildError {
  return new BuildError("BUILD_BAD_OUTPUT", `cannot pack ${path} into ${packageName}: ${why}`, {
    kind: "pipeline",
    context: { package: packageName, path },
    hint: "remove it in the last step of the pipeline",
  });
}
