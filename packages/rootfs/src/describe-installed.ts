import { createHash } from "node:crypto";
import { compareBytes } from "@apkmill/core";
import {
  adbDatabaseSums,
  unsaidDirectory,
  type IndexRecord,
  type InstalledDirectory,
  type InstalledFile,
  type InstalledOwner,
  type InstalledPackage,
} from "@apkmill/apk";
import { listedOrder } from "./directory-order.ts";
import { baseNameOf } from "./entry-path.ts";
import type { LaidFile, LaidPackage } from "./laying.ts";
import type { NodeAttributes } from "./install-tree.ts";

/** The database record of a laid package; `files` are those that are still its own. */
export function describeInstalled(
  laid: LaidPackage,
  files: readonly LaidFile[],
  { record, tag = "" }: { readonly record?: IndexRecord | undefined; readonly tag?: string | undefined },
): InstalledPackage {
  const { format, control, identity, apkSizeBytes } = laid.stored;
  return {
    ...control,
    sizeBytes: apkSizeBytes,
    ...record,
    ...replacementsOf(laid),
    checksum: identity,
    tag,
    flags: format === "v3" ? "S" : "",
    directories: describeDirectories(laid, files),
  };
}

/** apk 3 keeps these only of packages that install something (golden/install: `alpine-base` of 3.19, all of it `.dummy`). */
function replacementsOf({
  stored,
  directories,
  contents,
}: LaidPackage): Pick<InstalledPackage, "replaces" | "replacesPriority"> {
  if (directories.size === 0 && contents.size === 0) return { replaces: [], replacesPriority: 0 };
  return { replaces: stored.control.replaces, replacesPriority: stored.control.replacesPriority };
}

/** Directories in archive order, the root only if it has files; files sorted within. */
function describeDirectories({ directories, stored }: LaidPackage, files: readonly LaidFile[]): InstalledDirectory[] {
  const filesOf = Map.groupBy(files, ({ directory }) => directory);
  const listed = listedOrder(directories.keys()).filter((path) => path !== "" || filesOf.has(""));
  const sums = adbDatabaseSums(stored);
  return listed.map((path) => {
    const attributes = directories.get(path);
    const files = (filesOf.get(path) ?? [])
      .map((file) => describeFile(file, sums))
      .sort((a, b) => compareBytes(a.name, b.name));
    const owner = attributes === undefined ? unsaidDirectory : ownerOf(attributes);
    return { path, ...owner, files };
  });
}

/** @param sums - those of a v3 package, which are no SHA-1 */
function describeFile(
  { archived, attributes, sha1 }: LaidFile,
  sums: ReadonlyMap<string, string> | undefined,
): InstalledFile {
  const sum = sums === undefined ? sha1 : (sums.get(archived) ?? "");
  const { uid, gid, mode, xattrDigest } = ownerOf(attributes);
  const checksum = sum === "" ? "" : q1(Buffer.from(sum, "hex"));
  return { name: baseNameOf(archived), uid, gid, mode, xattrDigest, checksum };
}

function ownerOf({ uid, gid, mode, xattrs }: NodeAttributes): InstalledOwner {
  return { uid, gid, mode, xattrDigest: xattrs.size === 0 ? "" : q1(digestXattrs(xattrs)) };
}

/** SHA-1 over name and value of each attribute, both with their length before them, in order of the names. */
export function digestXattrs(xattrs: ReadonlyMap<string, Uint8Array>): Buffer {
  const hash = createHash("sha1");
  for (const [name, value] of [...xattrs].sort(([a], [b]) => compareBytes(a, b))) {
    const nameBytes = Buffer.from(name);
    hash.update(bigEndian(nameBytes.byteLength)).update(nameBytes).update(bigEndian(value.byteLength)).update(value);
  }
  return hash.digest();
}

function bigEndian(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

function q1(sha1: Buffer): string {
  return `Q1${sha1.toString("base64")}`;
}
