import { hash as hashOf } from "node:crypto";
import { compareBytes } from "@apkmill/core";
import { addWithAncestors, joinPath, parentOf, type InstalledOwner, type LayerEntry } from "@apkmill/rootfs";
import { isSkeleton } from "./skeleton.ts";
import type { StackedImage } from "./stacked-image.ts";

/** A path that is not as a package brought it. */
export interface GeneratedEntry {
  readonly path: string;
  readonly type: string;
  readonly reason: string;
}

/**
 * What in an image is not from its packages, and why it is there? The image itself answers: its database lists every path
 * of every package with owner, mode and checksum; all that is not listed, or is otherwise than listed, was generated. So the
 * answer is the same whatever the layers are, and holds for images of others.
 */
export function explainEntries(image: StackedImage): GeneratedEntry[] {
  const listed = listedPaths(image);
  const homes = homesOf(image);
  const hashes = contentHashes(image);
  const rest = image.installed.length === 0 ? withoutDatabase : fallback;
  const generated: GeneratedEntry[] = [];
  for (const [path, { entry, inode, layer }] of image.tree) {
    const owners = listed.get(path);
    const reason =
      owners === undefined
        ? explain(path, entry, homes, layer < image.baseLayers ? ofBase : rest)
        : changeOf(entry, hashes.get(inode), owners);
    if (reason !== undefined) generated.push({ path, type: entry.type, reason });
  }
  return nameParents(generated).sort((a, b) => compareBytes(a.path, b.path));
}

interface Listed extends InstalledOwner {
  readonly package: string;
  /** `Q1…`, of a symbolic link that of its target; "" for a device or a fifo; undefined for a directory. */
  readonly checksum: string | undefined;
  /** What the checksum is of the content: packages in the v3 format have a SHA-256 there, cut to the length of a SHA-1. */
  readonly hash: keyof ContentHashes;
}

interface ContentHashes {
  readonly sha1: string;
  readonly sha256: string;
}

/** Where each path of the database stands → what the database says; a directory is listed by every package that has it. */
function listedPaths(image: StackedImage): Map<string, Listed[]> {
  const listed = new Map<string, Listed[]>();
  const add = (path: string, one: Listed): void => void listed.set(path, [...(listed.get(path) ?? []), one]);
  for (const { name, version, flags, directories } of image.installed) {
    const label = `${name}-${version}`;
    const hash = flags.includes("S") ? "sha256" : "sha1";
    for (const directory of directories) {
      const path = image.resolve(directory.path) ?? directory.path;
      if (path !== "") add(path, { ...directory, package: label, checksum: undefined, hash });
      for (const file of directory.files) add(joinPath(path, file.name), { ...file, package: label, hash });
    }
  }
  return listed;
}

/** Inode of the stacked tree → hashes of its content. */
function contentHashes({ layers }: StackedImage): ReadonlyMap<LayerEntry, ContentHashes> {
  return new Map(layers.flatMap((entries) => entries.map((entry) => [entry, entry] as const)));
}

/** Undefined when the entry is as one of its packages has it. */
function changeOf(entry: LayerEntry, hashes: ContentHashes | undefined, owners: readonly Listed[]): string | undefined {
  const packages = owners.map((owner) => owner.package).join(", ");
  const sameContent = owners.some((owner) => isSameContent(entry, hashes, owner));
  if (!sameContent) return `changed: other content than that of ${packages}`;
  return owners.some((owner) => isSameOwner(entry, owner))
    ? undefined
    : `changed: other owner or mode than ${packages} has`;
}

/** The database has no types, but each of them has a checksum of its own kind, or none. */
function isSameContent(entry: LayerEntry, hashes: ContentHashes | undefined, { checksum, hash }: Listed): boolean {
  switch (entry.type) {
    case "directory":
      return checksum === undefined;
    case "file":
      return checksum === checksumOf(hashes?.[hash] ?? "");
    case "symlink":
      return checksum === checksumOf(hashOf(hash, entry.linkPath));
    case "hardlink":
      // To a file of another layer: what stands there depends on the runtime.
      return true;
    default:
      return checksum === "";
  }
}

function checksumOf(hex: string): string {
  return `Q1${Buffer.from(hex, "hex").toString("base64", 0, 20)}`;
}

/** apk mostly makes directories without setuid and setgid, whatever its database says; links have no mode. */
function isSameOwner({ type, mode, uid, gid }: LayerEntry, owner: InstalledOwner): boolean {
  const modes = type === "directory" ? [owner.mode & 0o1777, owner.mode] : [owner.mode];
  return uid === owner.uid && gid === owner.gid && (type === "symlink" || modes.includes(mode));
}

function homesOf(image: StackedImage): ReadonlyMap<string, string> {
  const accounts = image.passwd.split("\n").map((line) => line.split(":"));
  return new Map(accounts.map(([name = "", , , , , home = ""]) => [image.resolve(home) ?? "", name]));
}

const settings: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(usr\/)?lib\/apk(\/|$)/, "package database"],
  [/^etc\/apk\/world$/, "world: the packages that were asked for"],
  [/^etc\/apk\/arch$/, "architecture of the packages"],
  [/^etc\/apk\/repositories$/, "repositories of the running image"],
  [/^etc\/apk\/keys\/./, "key that packages are trusted by"],
  [/^etc\/apk(\/keys)?$/, "settings of the package manager"],
  [/^etc\/(passwd|group|shadow)$/, "accounts of the configuration"],
  [/^sv(\/|$)/, "services of the configuration"],
  [/^etc\/ld\.so\.cache$/, "where the loader finds libraries"],
  [/^etc\/ssl\/certs\/java\/cacerts$/, "certificates as Java reads them"],
  [/^etc\/apko\.json$/, "configuration as apko locked it"],
  [/\/\.[^/]+\.sha256$/, "checksum of the certificates"],
  [/^usr\/local\/share\/ca-certificates\/[^/]+\.crt$/, "certificate of the configuration"],
];

const fallback = "path of the configuration";
const ofBase = "of the base image";
const withoutDatabase = "no package has it: the image has no package database";

function explain(
  path: string,
  { type, linkPath }: LayerEntry,
  homes: ReadonlyMap<string, string>,
  rest: string,
): string {
  const setting = settings.find(([pattern]) => pattern.test(path));
  if (setting !== undefined) return setting[1];
  if (type === "character") return "device node";
  if (type === "symlink" && linkPath === "/bin/busybox") return "command of busybox";
  const home = homes.get(path);
  if (type === "directory" && home !== undefined) return `home directory of ${home}`;
  if (type === "directory" && isSkeleton(path)) return "directory that a running root needs";
  return rest;
}

/** A directory that no package lists, and that holds more of what was generated, is most likely there for that. */
function nameParents(generated: readonly GeneratedEntry[]): GeneratedEntry[] {
  const parents = new Set<string>();
  for (const { path } of generated) addWithAncestors(parents, parentOf(path));
  return generated.map((one) =>
    one.type === "directory" && one.reason === fallback && parents.has(one.path)
      ? { ...one, reason: "directory above generated entries" }
      : one,
  );
}
