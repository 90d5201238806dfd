import type { TarEntry } from "@apkmill/archive";
import { compareBytes } from "@apkmill/core";
import { addWithAncestors, baseNameOf, joinPath, parentOf } from "./entry-path.ts";
import { RootfsError } from "./rootfs-error.ts";

/**
 * What a stack of layers unpacks to, and what the last layer must restate so that it unpacks to the plan.
 *
 * Layers are taken as strictly as the strictest runtime does: each is unpacked on its own, without sight of the layers
 * below (Docker's overlay2), so links of lower layers are not followed, a directory that an archive does not list has
 * attributes that nobody knows, and a hard link to a file of another layer is broken.
 */
export type LayerEntry = Pick<
  TarEntry,
  "path" | "type" | "mode" | "uid" | "gid" | "mtime" | "sizeBytes" | "linkPath" | "device" | "xattrs"
> & {
  /** SHA-256 of the content of a file, 64 hex digits, where it is known; of no meaning for other types. */
  readonly sha256: string;
};

/** What is the same for two files exactly when their content is: a hash, or the archive entry that both come from. */
export type ContentOf = (entry: LayerEntry) => unknown;

export interface StackedEntry {
  /** Type and attributes as they will stand; for a hard link those of its file. */
  readonly entry: LayerEntry;
  /** Index of the layer that gives them. */
  readonly layer: number;
  /** The entry that made the file: names that share an inode share it. */
  readonly inode: LayerEntry;
  /** False for directories that no archive lists and for hard links into nowhere: do not rely on what stands here. */
  readonly certain: boolean;
}

export type StackedTree = ReadonlyMap<string, StackedEntry>;

/**
 * The tree that unpacking `layers` in order gives, each layer in archive order. Pure. `onImplied` is told of each directory that is
 * made although nothing lists it, and may throw: a few long names imply millions.
 * @throws RootfsError ROOTFS_BAD_PARENT
 */
export function stackedTree(
  layers: Iterable<Iterable<LayerEntry>>,
  onImplied: (path: string) => void = () => undefined,
): StackedTree {
  const stack: Stack = { tree: new Map(), names: undefined, emptied: new Set(), onImplied };
  let index = 0;
  for (const layer of layers) {
    stack.emptied.clear();
    for (const entry of layer) unpack(stack, entry, index);
    index += 1;
  }
  return stack.tree;
}

interface Stack {
  readonly tree: Map<string, StackedEntry>;
  /** Directory → the names in it; made when something is taken away, which few layers do. */
  names: Map<string, Set<string>> | undefined;
  /** Directories in which this layer has deleted all that lower ones have put there. */
  readonly emptied: Set<string>;
  readonly onImplied: (path: string) => void;
}

function unpack(stack: Stack, entry: LayerEntry, layer: number): void {
  const { tree } = stack;
  const name = baseNameOf(entry.path);
  if (name.startsWith(whiteout)) {
    deleteLower(stack, parentOf(entry.path), name, layer);
    return;
  }
  implyParents(stack, entry.path, layer);
  if (entry.type !== "directory" && tree.get(entry.path)?.entry.type === "directory") remove(stack, entry.path);
  put(stack, entry.path, entry.type === "hardlink" ? linked(tree, entry, layer) : plain(entry, layer));
}

function put({ tree, names }: Stack, path: string, entry: StackedEntry): void {
  tree.set(path, entry);
  if (names !== undefined) addName(names, path);
}

function plain(entry: LayerEntry, layer: number): StackedEntry {
  return { entry, layer, inode: entry, certain: true };
}

/**
 * A hard link is its target, provided that this layer brought it. Runtimes give the file the owner, mode, time and extended attributes
 * of the link's own header, and a change of owner takes capabilities away: where the two do not say the same, nobody knows.
 */
function linked(tree: StackedTree, entry: LayerEntry, layer: number): StackedEntry {
  const target = tree.get(entry.linkPath);
  if (target?.layer !== layer || target.entry.type === "directory") return { ...plain(entry, layer), certain: false };
  return sameHeader(entry, target.entry) ? target : { ...target, certain: false };
}

function sameHeader(a: LayerEntry, b: LayerEntry): boolean {
  const sameOwner = a.uid === b.uid && a.gid === b.gid;
  return sameOwner && a.mode === b.mode && a.mtime === b.mtime && sameXattrs(a.xattrs, b.xattrs);
}

/**
 * Directories on the way that this layer has not listed: runtimes make them of their own choice over the lower ones. Above one that
 * this layer has, it has all. What is no directory is replaced where it is a lower layer's; the layer's own is followed by one
 * runtime and refused by the other.
 */
function implyParents(stack: Stack, below: string, layer: number): void {
  const path = parentOf(below);
  if (path === "") return;
  const standing = stack.tree.get(path);
  if (standing?.layer === layer) {
    if (standing.entry.type === "directory") return;
    throw crossing(below, path);
  }
  implyParents(stack, path, layer);
  if (standing === undefined) stack.onImplied(path);
  put(stack, path, { ...plain(impliedDirectory(path), layer), certain: false });
}

function crossing(path: string, above: string): RootfsError {
  const [shown = "", parent = ""] = [path, above].map((each) => JSON.stringify(each.slice(0, 200)));
  return new RootfsError(
    "ROOTFS_BAD_PARENT",
    `${shown} of a layer crosses ${parent}, which the same layer made no directory`,
    { hint: "do not use this image: it is malformed or hostile", context: { path } },
  );
}

function impliedDirectory(path: string): LayerEntry {
  const body = { mtime: 0, sizeBytes: 0, linkPath: "", xattrs: new Map<string, Uint8Array>(), sha256: "" };
  return { path, type: "directory", mode: 0o755, uid: 0, gid: 0, ...body };
}

const whiteout = ".wh.";
const opaque = ".wh..wh..opq";

/**
 * Whiteouts of the OCI image specification: `.wh.NAME` deletes NAME, `.wh..wh..opq` all beside it, of lower layers only. Other names
 * with `.wh..wh.` are a file system's own notes.
 */
function deleteLower(stack: Stack, directory: string, name: string, layer: number): void {
  if (name === opaque) empty(stack, directory, layer);
  else if (!name.startsWith(`${whiteout}${whiteout}`))
    hide(stack, joinPath(directory, name.slice(whiteout.length)), layer);
}

/** Once for each directory and layer: no layer puts there anything of a lower one. */
function empty(stack: Stack, directory: string, layer: number): void {
  if (stack.emptied.has(directory)) return;
  stack.emptied.add(directory);
  for (const name of namesIn(stack, directory)) hide(stack, joinPath(directory, name), layer);
}

/** Above an entry of this layer all is this layer's: below what a lower one has left there is none. */
function hide(stack: Stack, path: string, layer: number): void {
  if (stack.tree.get(path)?.layer === layer) empty(stack, path, layer);
  else remove(stack, path);
}

function remove(stack: Stack, path: string): void {
  for (const name of namesIn(stack, path)) remove(stack, joinPath(path, name));
  stack.tree.delete(path);
  stack.names?.delete(path);
  stack.names?.get(parentOf(path))?.delete(baseNameOf(path));
}

function namesIn(stack: Stack, directory: string): readonly string[] {
  stack.names ??= namesOf(stack.tree);
  return [...(stack.names.get(directory) ?? [])];
}

function namesOf(tree: StackedTree): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const path of tree.keys()) addName(names, path);
  return names;
}

function addName(names: Map<string, Set<string>>, path: string): void {
  const parent = parentOf(path);
  const known = names.get(parent);
  if (known === undefined) names.set(parent, new Set([baseNameOf(path)]));
  else known.add(baseNameOf(path));
}

/**
 * What a further layer must carry so that `stack` becomes exactly `planned` (sorted by path): every entry that is missing
 * or different, all names of a file when one of them is, and every directory above these. `surplus` are paths that stand in
 * the stack but not in the plan; only a deletion could mend them, so a caller treats them as an error.
 * @param contentOf tells contents apart, of planned and of stacked entries
 */
export function restatements<Entry extends LayerEntry>(
  planned: readonly Entry[],
  stack: StackedTree,
  contentOf: ContentOf,
): { readonly entries: Entry[]; readonly surplus: string[] } {
  const firstNames = firstNamesOf(stack);
  const changed = new Set<string>();
  for (const entry of planned) {
    const standing = stack.get(entry.path);
    const stands = standing?.certain === true && isSame(entry, standing, firstNames, contentOf);
    if (!stands) changed.add(firstNameOf(entry));
  }
  const wanted = planned.filter((entry) => changed.has(firstNameOf(entry)));
  const paths = new Set(planned.map(({ path }) => path));
  return {
    entries: withAncestors(planned, wanted),
    surplus: [...stack.keys()].filter((path) => !paths.has(path)).sort(compareBytes),
  };
}

/** `chosen` and every directory above them, in the order of `planned`. */
export function withAncestors<Entry extends LayerEntry>(planned: readonly Entry[], chosen: Iterable<Entry>): Entry[] {
  const paths = new Set<string>();
  for (const { path } of chosen) addWithAncestors(paths, path);
  return planned.filter(({ path }) => paths.has(path));
}

/** The name under which a plan lists a file's content; other names are hard links to it. */
function firstNameOf({ type, path, linkPath }: LayerEntry): string {
  return type === "hardlink" ? linkPath : path;
}

/** Inode → its first name in order, over the names that survived. */
function firstNamesOf(stack: StackedTree): ReadonlyMap<LayerEntry, string> {
  const names = new Map<LayerEntry, string>();
  for (const [path, { inode }] of stack) {
    const known = names.get(inode);
    if (known === undefined || compareBytes(path, known) < 0) names.set(inode, path);
  }
  return names;
}

function isSame(
  planned: LayerEntry,
  { entry, inode }: StackedEntry,
  firstNames: ReadonlyMap<LayerEntry, string>,
  contentOf: ContentOf,
): boolean {
  const type = planned.type === "hardlink" ? "file" : planned.type;
  if (type !== entry.type || planned.uid !== entry.uid || planned.gid !== entry.gid) return false;
  if (planned.mtime !== entry.mtime || !sameXattrs(planned.xattrs, entry.xattrs)) return false;
  if (type === "symlink") return planned.linkPath === entry.linkPath;
  if (planned.mode !== entry.mode || !sameDevice(planned, entry)) return false;
  if (type !== "file") return true;
  return contentOf(planned) === contentOf(entry) && firstNames.get(inode) === firstNameOf(planned);
}

/** True for what are no devices, too. */
export function sameDevice({ device: a }: LayerEntry, { device: b }: LayerEntry): boolean {
  return a?.major === b?.major && a?.minor === b?.minor;
}

export function sameXattrs(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): boolean {
  if (a === b) return true;
  return a.size === b.size && [...a].every(([name, value]) => sameBytes(value, b.get(name)));
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}
