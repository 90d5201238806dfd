import { createHash } from "node:crypto";
import type { StoredPackage } from "@apkmill/apk";
import type { PlannedEntry } from "@apkmill/rootfs";
import { contentPlace } from "./content-place.ts";

/**
 * A name for the bytes of a layer that is to be written: the hash of all that they follow from. Two layers of one key have the same
 * bytes, so that what a key led to may be remembered.
 * @param ordered the entries in the order in which they are written
 * @param packages those that the entries name as their source
 * @param writer names the compression and whatever its bytes depend on
 */
export function layerKey(ordered: readonly PlannedEntry[], packages: readonly StoredPackage[], writer: string): string {
  const hash = createHash("sha256").update(`${tarForm} ${writer}\n`);
  for (const entry of ordered) hash.update(`${rowOf(entry, packages)}\n`);
  return hash.digest("hex");
}

/** Another number where the same entries become another tar. */
const tarForm = "tar 2";

/** One entry as JSON, which keeps fields apart whatever is in them. */
function rowOf(entry: PlannedEntry, packages: readonly StoredPackage[]): string {
  const { path, type, mode, uid, gid, uname, gname, mtime, sizeBytes, linkPath, device, xattrs } = entry;
  const attributes = Array.from(xattrs, ([name, value]) => [name, Buffer.from(value).toString("base64")]);
  const owner = [mode, uid, gid, uname, gname, mtime];
  return JSON.stringify([
    path,
    type,
    owner,
    sizeBytes,
    linkPath,
    device ?? null,
    attributes,
    contentOf(entry, packages),
  ]);
}

function contentOf(entry: PlannedEntry, packages: readonly StoredPackage[]): string {
  if (entry.type !== "file") return "";
  const { source } = entry;
  return source.kind === "generated" ? Buffer.from(source.content).toString("base64") : contentPlace(packages, entry);
}
