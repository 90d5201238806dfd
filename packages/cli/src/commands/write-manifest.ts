import type { StoredPackage } from "@apkmill/apk";
import { writeFileAside, type Ports } from "@apkmill/core";
import { hashContents, planManifest, type PlannedEntry } from "@apkmill/rootfs";

/** Writes down what was laid, with the owners that a root which is not root's cannot have. @throws CoreError FILE_UNWRITABLE */
export async function writeManifest(
  { store }: Pick<Ports, "store">,
  packages: readonly StoredPackage[],
  entries: readonly PlannedEntry[],
  path: string,
): Promise<void> {
  await writeFileAside(path, planManifest(await hashContents(store, packages, entries)));
}
