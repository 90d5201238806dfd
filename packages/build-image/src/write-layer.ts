import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { StoredPackage } from "@apkmill/apk";
import { encodeTarHeader, gunzip, gzip, gzipWriter, tarEnd, tarPadding, zstd, zstdWriter } from "@apkmill/archive";
import { requireGoing, storeStream, type Ports } from "@apkmill/core";
import { readPlanEntries, type PlannedEntry } from "@apkmill/rootfs";
import { layerKey } from "./layer-key.ts";
import type { PlannedLayer } from "./plan-layers.ts";
import { rememberedLayer, type WrittenLayer } from "./remembered-layer.ts";
import { findLayer } from "./stored-layer.ts";

export type { WrittenLayer } from "./remembered-layer.ts";

/** How layers are compressed. `gzip` leaves those as they are that packages bring. */
export const compressions = ["gzip", "zstd"] as const;

export type Compression = (typeof compressions)[number];

const compressors = {
  gzip: { compress: gzip, writer: gzipWriter },
  zstd: { compress: zstd, writer: zstdWriter },
} as const;

type LayerPorts = Pick<Ports, "store" | "limits"> & Partial<Pick<Ports, "signal">>;

/**
 * Puts a layer into the store. A verbatim one is there already: its digest is the package's data hash. What was written once is
 * remembered, so that nothing is read, inflated or compressed again while it stays the same.
 * @throws ImageError IMAGE_CONTENT · RootfsError ROOTFS_STALE_PLAN · CoreError LIMIT_EXCEEDED, STORE_UNUSABLE
 */
export function writeLayer(
  ports: LayerPorts,
  packages: readonly StoredPackage[],
  layer: PlannedLayer,
  compression: Compression = "gzip",
): Promise<WrittenLayer> {
  const stored = packages[layer.packages[0] ?? -1];
  if (layer.kind === "verbatim" && stored !== undefined) return writeVerbatim(ports, stored, compression);
  const parts = partsOf(layer);
  return rememberedLayer(ports.store, layerKey(parts.flat(), packages, compressors[compression].writer), () =>
    packLayer(ports, packages, parts, compression),
  );
}

async function writeVerbatim(
  ports: LayerPorts,
  { data, contents }: StoredPackage,
  compression: Compression,
): Promise<WrittenLayer> {
  const { diffId } = contents;
  if (compression === "gzip") return { digest: data.digest, diffId, sizeBytes: data.sizeBytes };
  const { compress, writer } = compressors[compression];
  return rememberedLayer(ports.store, `${data.digest} ${writer}`, async () => {
    const path = await findLayer(ports.store, data.digest);
    const { unpackRatio: ratio, dataBytes: limitBytes } = ports.limits;
    const tar = gunzip(createReadStream(path, { highWaterMark: 1 << 20 }), { what: "a layer", limitBytes, ratio });
    return { ...(await storeLayer(ports, compress(tar))), diffId };
  });
}

/**
 * The entries in the order in which they are written: what has no content of a package, the files of each package in the
 * layer's order, hard links. So the bytes do not follow from the order in which the packages are installed.
 */
function partsOf({ entries, packages }: PlannedLayer): PlannedEntry[][] {
  const links = entries.filter(({ type }) => type === "hardlink");
  const others = entries.filter(({ type }) => type !== "hardlink");
  const packageOf = ({ type, source }: PlannedEntry): number =>
    type === "file" && source.kind === "package" ? source.package : -1;
  const files = Map.groupBy(others, packageOf);
  const order = [...new Set([-1, ...packages, ...[...files.keys()].sort((a, b) => a - b)])];
  return [...order.map((index) => inArchiveOrder(files.get(index) ?? [])), links].filter((part) => part.length > 0);
}

function inArchiveOrder(entries: readonly PlannedEntry[]): PlannedEntry[] {
  const position = ({ type, source }: PlannedEntry): number =>
    type === "file" && source.kind !== "generated" ? source.entry : -1;
  return [...entries].sort((a, b) => position(a) - position(b));
}

async function packLayer(
  ports: LayerPorts,
  packages: readonly StoredPackage[],
  parts: readonly (readonly PlannedEntry[])[],
  compression: Compression,
): Promise<WrittenLayer> {
  const hash = createHash("sha256");
  const tar = tarOf(ports, packages, parts, (chunk) => hash.update(chunk));
  const written = await storeLayer(ports, compressors[compression].compress(tar));
  return { ...written, diffId: `sha256:${hash.digest("hex")}` };
}

function storeLayer(
  { store, limits, signal }: LayerPorts,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Pick<WrittenLayer, "digest" | "sizeBytes">> {
  return storeStream(store, signal === undefined ? bytes : untilStopped(bytes, signal), {
    what: "a layer",
    limitBytes: limits.dataBytes,
  });
}

async function* untilStopped(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    requireGoing(signal, "writing a layer");
    yield chunk;
  }
}

async function* tarOf(
  ports: LayerPorts,
  packages: readonly StoredPackage[],
  parts: readonly (readonly PlannedEntry[])[],
  seen: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const emit = (chunk: Uint8Array): Uint8Array => {
    seen(chunk);
    return chunk;
  };
  for (const part of parts) {
    for await (const { entry, content } of readPlanEntries(ports, packages, part)) {
      yield emit(encodeTarHeader(entry));
      for await (const chunk of content) yield emit(chunk);
      const padding = tarPadding(entry.sizeBytes);
      if (padding.length > 0) yield emit(padding);
    }
  }
  yield emit(tarEnd);
}
