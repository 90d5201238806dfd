import type { StoredPackage } from "@apkmill/apk";
import type { PlannedEntry } from "@apkmill/rootfs";

/**
 * Where the content of a file stands: the digest of a data section or layer, and the position in it. It says what is in the file
 * without a hash of it, so that it names what is remembered of files. A generated file stands nowhere, and has its hash.
 */
export function contentPlace(
  packages: readonly StoredPackage[],
  { source, sha256 }: Pick<PlannedEntry, "source" | "sha256">,
): string {
  if (source.kind === "generated") return sha256;
  const data = source.kind === "layer" ? source.layer : (packages[source.package]?.data.digest ?? "");
  return `${data} ${String(source.entry)}`;
}
