import type { ContentPorts, StoredPackage } from "@apkmill/apk";
import { writeFileAside, type Ports } from "@apkmill/core";
import { hashContents, planManifest, type PlannedEntry } from "@apkmill/rootfs";

/**
 * Writes down what was laid, with the owners that a root which is not root's cannot have. Without a file to write to it says that they
 * are lost. @throws CoreError FILE_UNWRITABLE
 */
export async function recordOwners(
  ports: ContentPorts & Pick<Ports, "log">,
  { packages, entries }: { readonly packages: readonly StoredPackage[]; readonly entries: readonly PlannedEntry[] },
  manifest: string | undefined,
  owners: "apply" | "skip",
): Promise<void> {
  if (manifest !== undefined) {
    await writeFileAside(manifest, planManifest(await hashContents(ports, packages, entries)));
  } else if (owners === "skip") {
    ports.log.warn("not running as root: owners were left out; --manifest FILE writes them down");
  }
}
