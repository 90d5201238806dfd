import { createHash } from "node:crypto";
import type { ContentPorts, StoredPackage } from "@apkmill/apk";
import type { PlannedEntry } from "./plan.ts";
import { filesByPackage, readPackageFiles } from "./read-plan-entries.ts";

/**
 * The entries, each file with its hash. Packages in the v2 format state no SHA-256 of their files, so that these are read for it:
 * only who writes the hashes down asks for that.
 * @throws RootfsError ROOTFS_STALE_PLAN when `packages` are not those of the plan
 */
export async function hashContents(
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  entries: readonly PlannedEntry[],
): Promise<PlannedEntry[]> {
  const hashes = new Map<string, string>();
  for (const [index, wanted] of filesByPackage(entries.filter(({ sha256 }) => sha256 === ""))) {
    for await (const { entry, content } of readPackageFiles(ports, packages[index], wanted)) {
      hashes.set(entry.path, await hashOf(content));
    }
  }
  return entries.map((entry) => {
    const sha256 = hashes.get(entry.type === "hardlink" ? entry.linkPath : entry.path);
    return sha256 === undefined ? entry : { ...entry, sha256 };
  });
}

async function hashOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of content) hash.update(chunk);
  return hash.digest("hex");
}
