import { createHash } from "node:crypto";
import { decodeDataFacts, encodeDataFacts, type DataFacts, type PackageEntry } from "@apkmill/apk";
import type { TarItem } from "@apkmill/archive";
import { requireWithin, storeStream, type Digest, type Ports } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { readLayerBlob } from "@apkmill/rootfs";
import { distrust, unusableBase } from "./base-error.ts";

type LayerPorts = Pick<Ports, "store" | "limits">;

/** One layer of a base image, whose blob is in the store. */
export interface BaseLayer extends DataFacts {
  readonly digest: Digest;
  /** Position in the archive → content of a file that planning has to read. */
  readonly contents: ReadonlyMap<number, Buffer>;
}

/**
 * Brings a layer of the base into the store, as it is, and says what it holds. Of a layer that was seen before nothing is read
 * again.
 * @throws OciError LAYOUT_CONTENT for a blob that is missing or not what its descriptor says · ImageError IMAGE_BASE ·
 *   ArchiveError · CoreError LIMIT_EXCEEDED
 */
export async function takeLayer(
  ports: LayerPorts,
  image: OpenedImage,
  { manifest, config }: ImagePlatform,
  position: number,
): Promise<BaseLayer> {
  const descriptor = manifest.layers[position];
  if (descriptor === undefined) throw unusableBase(image.name, `it has no layer ${String(position)}`);
  const { digest } = descriptor;
  if ((await ports.store.find(digest)) === undefined) {
    const limits = { what: `layer ${digest}`, limitBytes: ports.limits.dataBytes };
    await storeStream(ports.store, image.open(descriptor), { ...limits, expected: digest });
  }
  const layer = (await rememberedLayer(ports, digest)) ?? (await scanLayer(ports, digest));
  const expected = config.rootfs.diff_ids[position] ?? "nothing";
  if (layer.diffId === expected) return layer;
  throw unusableBase(
    image.name,
    `layer ${digest} unpacks to ${layer.diffId}, its configuration says ${expected}`,
    distrust,
  );
}

const factsKind = "base-layer.v1";
const contentsKind = "base-files.v1";

async function rememberedLayer({ store }: LayerPorts, digest: Digest): Promise<BaseLayer | undefined> {
  const facts = decodeDataFacts(await store.fact(factsKind, digest));
  const contents = await store.fact(contentsKind, digest);
  if (facts === undefined || !Array.isArray(contents)) return undefined;
  return { digest, ...facts, contents: new Map(contents.flatMap(decodeContent)) };
}

function decodeContent(row: unknown): [number, Buffer][] {
  if (!Array.isArray(row)) return [];
  const [position, base64] = row as readonly unknown[];
  return typeof position === "number" && typeof base64 === "string" ? [[position, Buffer.from(base64, "base64")]] : [];
}

async function scanLayer(ports: LayerPorts, digest: Digest): Promise<BaseLayer> {
  const hash = createHash("sha256");
  let unpackedSizeBytes = 0;
  const seen = (chunk: Uint8Array): void => {
    hash.update(chunk);
    unpackedSizeBytes += chunk.length;
  };
  const entries: PackageEntry[] = [];
  const contents = new Map<number, Buffer>();
  for await (const item of readLayerBlob(ports.store, digest, { limits: ports.limits, seen })) {
    const { entry, content } = await readItem(item, ports);
    if (content !== undefined) contents.set(entries.length, content);
    entries.push(entry);
    requireWithin(`entries of layer ${digest}`, entries.length, ports.limits.entries, "entries");
  }
  const facts: DataFacts = { diffId: `sha256:${hash.digest("hex")}`, unpackedSizeBytes, entries };
  await ports.store.remember(factsKind, digest, encodeDataFacts(facts));
  const rows = [...contents].map(([position, bytes]) => [position, bytes.toString("base64")]);
  await ports.store.remember(contentsKind, digest, rows);
  return { digest, ...facts, contents };
}

async function readItem(
  { entry, content }: TarItem,
  { limits }: LayerPorts,
): Promise<{ readonly entry: PackageEntry; readonly content: Buffer | undefined }> {
  const path = cleanPath(entry.path);
  const isKept = entry.type === "file" && isPlanned(path, entry.sizeBytes);
  if (isKept) requireWithin(path, entry.sizeBytes, limits.indexBytes, "indexBytes");
  const [sha1, sha256] = [createHash("sha1"), createHash("sha256")];
  const kept: Buffer[] = [];
  for await (const chunk of content) {
    sha1.update(chunk);
    sha256.update(chunk);
    if (isKept) kept.push(Buffer.from(chunk));
  }
  const isFile = entry.type === "file";
  const hashes = { sha1: isFile ? sha1.digest("hex") : "", sha256: isFile ? sha256.digest("hex") : "" };
  const linkPath = entry.type === "hardlink" ? cleanPath(entry.linkPath) : entry.linkPath;
  return {
    entry: { ...entry, ...hashes, path, linkPath, pax: new Map() },
    content: isKept ? Buffer.concat(kept) : undefined,
  };
}

/** As other tools write it (`./etc/passwd`, `/etc/passwd`) → as plans have it; "" for the root. */
function cleanPath(path: string): string {
  return path
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .join("/");
}

/** Database and settings, which every plan reads; others are read from the layer where one is wanted. */
function isPlanned(path: string, sizeBytes: number): boolean {
  return /^(usr\/)?lib\/apk\//.test(path) || (/^(etc\/|usr\/lib\/os-release$)/.test(path) && sizeBytes <= settingBytes);
}

const settingBytes = 64 * 1024;
