import { hash } from "node:crypto";
import type { StoredPackage } from "./stored-package.ts";

/**
 * By path the sum that an installed database states of a v3 package's file, 40 hex digits: the first 20 bytes of the SHA-256 of
 * its content, of the target text for a symbolic link, of the linked file for a hard link. Devices have none. Undefined for
 * v2 packages, where it is the SHA-1 that each entry has.
 */
export function adbDatabaseSums({ format, contents }: StoredPackage): ReadonlyMap<string, string> | undefined {
  if (format === "v2") return undefined;
  const sums = new Map<string, string>();
  for (const { path, type, linkPath, sha256 } of contents.entries) {
    const sum = type === "symlink" ? hash("sha256", linkPath) : type === "hardlink" ? sums.get(linkPath) : sha256;
    if (sum !== undefined && sum !== "") sums.set(path, sum.slice(0, sumDigits));
  }
  return sums;
}

const sumDigits = 40;
