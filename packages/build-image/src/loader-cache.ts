import type { StoredPackage } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import { describeLoaderCache } from "@apkmill/rootfs";
import type { ImageTree } from "./image-tree.ts";
import { putFile, type ReadText } from "./put-file.ts";

/**
 * Writes `etc/ld.so.cache` into an image that has glibc's `etc/ld.so.conf` (reference apko §4.5): without it programs find
 * libraries in the loader's own directories only. Returns what the user should know.
 * @throws CoreError LIMIT_EXCEEDED
 */
export async function addLoaderCache(
  ports: Pick<Ports, "store" | "limits">,
  tree: ImageTree,
  {
    packages,
    arch,
    readText,
  }: { readonly packages: readonly StoredPackage[]; readonly arch: string; readonly readText: ReadText },
): Promise<string[]> {
  const root = {
    resolve: (path: string) => tree.resolve(path),
    get: (path: string) => tree.get(path),
    names: (path: string) => tree.names(path),
    readText,
  };
  const cache = await describeLoaderCache(ports, root, { packages, arch });
  if (cache === undefined) return [];
  putFile(tree, "etc/ld.so.cache", cache.content, { reason: "cache of the dynamic loader" });
  const [first, ...others] = cache.foreign;
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : ` and ${String(others.length)} more`;
  return [`${first}${more}: a library of another machine than ${arch} is not in etc/ld.so.cache`];
}
