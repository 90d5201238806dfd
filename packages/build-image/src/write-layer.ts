import { createHash } from "node:crypto";
import type { StoredPackage } from "@apkmill/apk";
import { encodeTarHeader, gzip, tarEnd, tarPadding } from "@apkmill/archive";
import { storeStream, type Digest, type Ports } from "@apkmill/core";
import { readPlanEntries } from "@apkmill/rootfs";
import type { PlannedLayer } from "./plan-layers.ts";

export interface WrittenLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly sizeBytes: number;
}

/** Puts a layer into the store. A verbatim one is there already: its digest is the package's data hash. */
export async function writeLayer(
  ports: Pick<Ports, "store" | "limits">,
  packages: readonly StoredPackage[],
  layer: PlannedLayer,
): Promise<WrittenLayer> {
  const [index = -1] = layer.packages;
  const stored = packages[index];
  if (layer.kind === "verbatim" && stored !== undefined) {
    return { digest: stored.data.digest, diffId: stored.contents.diffId, sizeBytes: stored.data.sizeBytes };
  }
  const hash = createHash("sha256");
  const tar = tarOf(ports, packages, layer, (chunk) => hash.update(chunk));
  const { digest, sizeBytes } = await storeStream(ports.store, gzip(tar), {
    what: "a layer",
    limitBytes: ports.limits.dataBytes,
  });
  return { digest, diffId: `sha256:${hash.digest("hex")}`, sizeBytes };
}

async function* tarOf(
  { store }: Pick<Ports, "store">,
  packages: readonly StoredPackage[],
  layer: PlannedLayer,
  seen: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const emit = (chunk: Uint8Array): Uint8Array => {
    seen(chunk);
    return chunk;
  };
  for await (const { entry, content } of readPlanEntries(store, packages, layer.entries)) {
    yield emit(encodeTarHeader(entry));
    for await (const chunk of content) yield emit(chunk);
    const padding = tarPadding(entry.sizeBytes);
    if (padding.length > 0) yield emit(padding);
  }
  yield emit(tarEnd);
}
