import { encodeTarHeader, gzipBytes, tarEnd, tarPadding } from "@apkmill/archive";
import type { PackageEntry, StoredPackage } from "@apkmill/apk";
import { digestOf, type Store } from "@apkmill/core";

/** Puts the data section of a built package into the store; the content of a file is its path unless `contents` says. */
export async function storePackage(
  store: Store,
  built: StoredPackage,
  contents: ReadonlyMap<string, string> = new Map(),
): Promise<StoredPackage> {
  const tar = Buffer.concat([...built.contents.entries.flatMap((entry) => parts(entry, contents)), tarEnd]);
  const packed = Buffer.from(await gzipBytes(tar));
  const data = { digest: await store.put(packed), sizeBytes: packed.byteLength };
  const facts = { ...built.contents, diffId: digestOf(tar), unpackedSizeBytes: tar.byteLength };
  return {
    ...built,
    data,
    apkSizeBytes: 500 + data.sizeBytes,
    contents: facts,
    control: { ...built.control, dataHash: data.digest.slice("sha256:".length) },
  };
}

function parts(entry: PackageEntry, contents: ReadonlyMap<string, string>): Buffer[] {
  const body = entry.type === "file" ? Buffer.from(contents.get(entry.path) ?? entry.path) : Buffer.alloc(0);
  return [encodeTarHeader(entry), body, tarPadding(body.byteLength)];
}
