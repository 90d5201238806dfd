import { parseDigest, type Digest, type Store } from "@apkmill/core";

export interface WrittenLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly sizeBytes: number;
}

/** What `write` once gave for this key, as long as the store has the bytes; otherwise what it gives now. @throws as `write` */
export async function rememberedLayer(
  store: Store,
  key: string,
  write: () => Promise<WrittenLayer>,
): Promise<WrittenLayer> {
  const known = readLayerFact(await store.fact("layer", key));
  if (known !== undefined && (await store.find(known.digest)) !== undefined) return known;
  const { digest, diffId, sizeBytes } = await write();
  await store.remember("layer", key, { digest, diffId, sizeBytes });
  return { digest, diffId, sizeBytes };
}

function readLayerFact(value: unknown): WrittenLayer | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("digest" in value && "diffId" in value && "sizeBytes" in value)) return undefined;
  const { digest, diffId, sizeBytes } = value;
  if (typeof digest !== "string" || typeof diffId !== "string" || typeof sizeBytes !== "number") return undefined;
  return { digest: parseDigest(digest), diffId: parseDigest(diffId), sizeBytes };
}
