import type { PackageEntry } from "@apkmill/apk";
import { compareBytes, type Limits } from "@apkmill/core";
import { baseNameOf, isWhiteout, type EntrySource, type LayerEntry, type PlannedEntry } from "@apkmill/rootfs";
import type { BaseLayer } from "./base-layer.ts";
import { distrust, unusableBase } from "./base-error.ts";
import { requireLayerEntry } from "./layer-stream.ts";
import { LayersBudget } from "./tree-budget.ts";

/**
 * What do the layers of a base image unpack to?
 *
 * Contract: the tree that a runtime shows, whiteouts done (image-spec, layer.md). Every entry says whether all runtimes agree
 * about it: not about the attributes of a directory that a layer fills without listing it, where some keep the lower one's and
 * others make their own, and not about a hard link to a file of a lower layer. Such an entry stands as unpacking one layer onto
 * the other gives it, and is for the new layers to say again.
 *
 * Steps, for each layer: its whiteouts, which are about lower layers only; then its entries in archive order.
 */
export interface BaseNode {
  /** As planned, under its own name; of several names of one file each is listed as the file. */
  readonly entry: PlannedEntry;
  /** SHA-1 of a file's content, 40 hex digits; "" otherwise. */
  readonly sha1: string;
  /** Names of one file share it. */
  readonly inode: string;
  readonly certain: boolean;
}

/** By path. */
export type BaseTree = ReadonlyMap<string, BaseNode>;

/** @throws ImageError IMAGE_BASE for entries that leave the root or lead nowhere */
export function unpackBase(name: string, layers: readonly BaseLayer[], limits: Limits): BaseTree {
  const root: Folder = { node: undefined, below: new Map() };
  const budget = new LayersBudget(limits);
  for (const [index, layer] of layers.entries()) {
    const unpacking = { name, root, budget, layer, index };
    for (const entry of layer.entries) {
      if (entry.path !== "") requireSound(name, entry, limits);
      if (isWhiteout(entry.path)) whiteOut(root, entry.path);
    }
    for (const [position, entry] of layer.entries.entries()) {
      if (entry.path !== "" && !isWhiteout(entry.path)) unpack(unpacking, entry, position);
    }
  }
  return sortTree(listed(root, ""));
}

/** In the order of plans. */
export function sortTree(nodes: Iterable<[string, BaseNode]>): BaseTree {
  return new Map([...nodes].sort(([a], [b]) => compareBytes(a, b)));
}

interface Folder {
  node: (BaseNode & { readonly layer: number }) | undefined;
  readonly below: Map<string, Folder>;
}

interface Unpacking {
  readonly name: string;
  readonly root: Folder;
  /** For directories that nothing lists; entries were counted when they were read. */
  readonly budget: LayersBudget;
  readonly layer: BaseLayer;
  readonly index: number;
}

/** `.wh.NAME` takes NAME away, `.wh..wh..opq` all that is beside it. */
function whiteOut(root: Folder, path: string): void {
  const names = path.split("/");
  const last = names.pop() ?? "";
  const folder = names.reduce<Folder | undefined>((at, name) => at?.below.get(name), root);
  if (last === ".wh..wh..opq") folder?.below.clear();
  else folder?.below.delete(last.slice(".wh.".length));
}

function unpack(unpacking: Unpacking, entry: PackageEntry, position: number): void {
  const { layer, index } = unpacking;
  const place = makeWay(unpacking, entry.path);
  if (entry.type === "hardlink") {
    place.node = linked(unpacking, entry);
    place.below.clear();
    return;
  }
  if (entry.type !== "directory" || place.node?.entry.type !== "directory") place.below.clear();
  const content = layer.contents.get(position);
  const source: EntrySource =
    content === undefined ? { kind: "layer", layer: layer.digest, entry: position } : { kind: "generated", content };
  const inode = `${String(index)}:${String(position)}`;
  place.node = { entry: plannedOf(entry, source), sha1: entry.sha1, inode, certain: true, layer: index };
}

function plannedOf(entry: PackageEntry, source: EntrySource): PlannedEntry {
  const { path, type, mode, uid, gid, uname, gname, mtime, sizeBytes, linkPath, device, xattrs, sha256 } = entry;
  return {
    path,
    type,
    mode: type === "symlink" ? 0o777 : mode,
    ...{ uid, gid, uname, gname, mtime, sizeBytes, linkPath, xattrs, sha256, source },
    ...(device === undefined ? {} : { device }),
    reason: "base image",
  };
}

function requireSound(name: string, entry: PackageEntry, limits: Limits): void {
  try {
    requireLayerEntry("a layer", entry, limits);
  } catch (cause) {
    throw unusableBase(name, cause instanceof Error ? cause.message : String(cause), distrust);
  }
}

/** The place of `path`; makes the directories above it that nothing lists, in the place of what lower layers have there. */
function makeWay(unpacking: Unpacking, path: string): Folder {
  let at = unpacking.root;
  for (let slash = path.indexOf("/"), start = 0; slash >= 0; slash = path.indexOf("/", start)) {
    at = placeIn(at, path.slice(start, slash));
    standAsDirectory(unpacking, at, path, slash);
    start = slash + 1;
  }
  return placeIn(at, baseNameOf(path));
}

function placeIn({ below }: Folder, name: string): Folder {
  const standing = below.get(name);
  if (standing !== undefined) return standing;
  const made: Folder = { node: undefined, below: new Map() };
  below.set(name, made);
  return made;
}

/** `folder` is at the first `end` characters of `below`. */
function standAsDirectory({ name, budget, index }: Unpacking, folder: Folder, below: string, end: number): void {
  const { node } = folder;
  if (node?.entry.type === "directory") {
    if (node.layer !== index) folder.node = { ...node, layer: index, certain: false };
    return;
  }
  const path = below.slice(0, end);
  // Its own layer's is followed by one runtime and refused by the other.
  if (node?.layer === index)
    throw unusableBase(name, `${below} crosses ${path}, which the same layer made no directory`, distrust);
  budget.imply(path);
  folder.below.clear();
  const inode = `${String(index)}:${path}/`;
  folder.node = { entry: impliedDirectory(path), sha1: "", inode, certain: false, layer: index };
}

function impliedDirectory(path: string): PlannedEntry {
  const owner = { uid: 0, gid: 0, uname: "", gname: "" };
  const body = { mtime: 0, sizeBytes: 0, linkPath: "", xattrs: new Map<string, Uint8Array>(), sha256: "" };
  const source = { kind: "generated", content: new Uint8Array(0) } as const;
  return { path, type: "directory", mode: 0o755, ...owner, ...body, source, reason: "base image" };
}

function linked({ name, root, index }: Unpacking, { path, linkPath }: PackageEntry): Folder["node"] {
  const target = linkPath.split("/").reduce<Folder | undefined>((at, each) => at?.below.get(each), root)?.node;
  if (target === undefined || target.entry.type === "directory")
    throw unusableBase(name, `${path} is a hard link to ${linkPath}, which is no file`, distrust);
  return {
    ...target,
    entry: { ...target.entry, path },
    certain: target.certain && target.layer === index,
    layer: index,
  };
}

function* listed({ below }: Folder, above: string): Generator<[string, BaseNode]> {
  for (const [name, folder] of below) {
    const path = above === "" ? name : `${above}/${name}`;
    const { node } = folder;
    if (node !== undefined) yield [path, node];
    yield* listed(folder, path);
  }
}

/** What layers above the base may rely on, in an order in which every link follows its file. */
export function certainEntries(tree: BaseTree): LayerEntry[] {
  const certain = new Map([...tree].filter(([, { certain: isCertain }]) => isCertain));
  return planEntries(certain);
}

/** Entries as plans have them: of the names of one file the first in order is the file, the others are links to it. */
export function planEntries(tree: BaseTree): PlannedEntry[] {
  const firstNames = new Map<string, string>();
  return [...tree].map(([path, { entry, inode }]) => {
    const first = firstNames.get(inode) ?? path;
    firstNames.set(inode, first);
    return first === path ? entry : { ...entry, type: "hardlink", linkPath: first };
  });
}
