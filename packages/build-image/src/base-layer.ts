import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { decodeDataFacts, encodeDataFacts, type DataFacts, type PackageEntry } from "@apkmill/apk";
import type { TarItem } from "@apkmill/archive";
import { requireWithin, storeStream, type Digest, type Ports } from "@apkmill/core";
import { OciError, type Descriptor, type ImagePlatform, type OpenedImage } from "@apkmill/oci";
import { readLayerBlob } from "@apkmill/rootfs";
import { distrust, unusableBase } from "./base-error.ts";
import { inRoot } from "./layer-stream.ts";
import type { LayersBudget } from "./tree-budget.ts";

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
  budget: LayersBudget,
): Promise<BaseLayer> {
  const descriptor = manifest.layers[position];
  if (descriptor === undefined) throw unusableBase(image.name, `it has no layer ${String(position)}`);
  const { digest } = descriptor;
  const stored = await ports.store.find(digest);
  if (stored === undefined) {
    const limits = { what: `layer ${digest}`, limitBytes: ports.limits.dataBytes };
    await storeStream(ports.store, image.open(descriptor), { ...limits, expected: digest });
  } else requireSize(image.name, descriptor, (await stat(stored)).size);
  const layer = (await rememberedLayer(ports, digest, budget)) ?? (await scanLayer(ports, digest, budget));
  const expected = config.rootfs.diff_ids[position] ?? "nothing";
  if (layer.diffId === expected) return layer;
  throw unusableBase(
    image.name,
    `layer ${digest} unpacks to ${layer.diffId}, its configuration says ${expected}`,
    distrust,
  );
}

/** The store knows a blob by its digest alone; the size stands in our manifest as in the base's, and registries refuse a wrong one. */
function requireSize(name: string, { digest, size }: Descriptor, sizeBytes: number): void {
  if (size === sizeBytes) return;
  throw new OciError(
    "LAYOUT_CONTENT",
    `${name}: blob ${digest}: expected ${String(size)} bytes, found ${String(sizeBytes)}`,
    { hint: distrust, context: { path: name } },
  );
}

const factsKind = "base-layer.v2";
const contentsKind = "base-files.v1";

async function rememberedLayer(
  { store }: LayerPorts,
  digest: Digest,
  budget: LayersBudget,
): Promise<BaseLayer | undefined> {
  const facts = decodeDataFacts(await store.fact(factsKind, digest));
  const contents = await store.fact(contentsKind, digest);
  if (facts === undefined || !Array.isArray(contents)) return undefined;
  budget.take(facts.entries.length);
  return { digest, ...facts, contents: new Map(contents.flatMap(decodeContent)) };
}

function decodeContent(row: unknown): [number, Buffer][] {
  if (!Array.isArray(row)) return [];
  const [position, base64] = row as readonly unknown[];
  return typeof position === "number" && typeof base64 === "string" ? [[position, Buffer.from(base64, "base64")]] : [];
}

async function scanLayer(ports: LayerPorts, digest: Digest, budget: LayersBudget): Promise<BaseLayer> {
  const hash = createHash("sha256");
  let unpackedSizeBytes = 0;
  const seen = (chunk: Uint8Array): void => {
    hash.update(chunk);
    unpackedSizeBytes += chunk.length;
  };
  const entries: PackageEntry[] = [];
  const contents = new Map<number, Buffer>();
  for await (const item of readLayerBlob(ports, digest, seen)) {
    budget.take();
    const { entry, content } = await readItem(item, ports);
    if (content !== undefined) contents.set(entries.length, content);
    entries.push(entry);
  }
  const facts: DataFacts = { diffId: `sha256:${hash.digest("hex")}`, unpackedSizeBytes, entries };
  await ports.store.remember(factsKind, digest, encodeDataFacts(facts));
  const rows = [...contents].map(([position, bytes]) => [position, bytes.toString("base64")]);
  await ports.store.remember(contentsKind, digest, rows);
  return { digest, ...facts, contents };
}

async function readItem(
  { entry: listed, content }: TarItem,
  { limits }: LayerPorts,
): Promise<{ readonly entry: PackageEntry; readonly content: Buffer | undefined }> {
  // What is not in the root keeps its place in the archive: entries are known by that.
  const entry = inRoot(listed) ?? { ...listed, path: "" };
  const { path } = entry;
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
  return {
    entry: { ...entry, ...hashes, pax: noPax },
    content: isKept ? Buffer.concat(kept) : undefined,
  };
}

const noPax: ReadonlyMap<string, string> = new Map();

/** Database and settings, which every plan reads; others are read from the layer where one is wanted. */
function isPlanned(path: string, sizeBytes: number): boolean {
  return /^(usr\/)?lib\/apk\//.test(path) || (/^(etc\/|usr\/lib\/os-release$)/.test(path) && sizeBytes <= settingBytes);
}

const settingBytes = 64 * 1024;
