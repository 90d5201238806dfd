import type { StoredPackage } from "@apkmill/apk";
import { requireWithin, type Ports } from "@apkmill/core";
import { readPlanEntries, type PlannedEntry } from "@apkmill/rootfs";

type FilePorts = Pick<Ports, "store" | "limits">;

/** Larger files are inflated again: a fact is JSON, and small ones are what is asked for every time. */
const rememberedBytes = 1 << 20;

/** The content of one file of a plan. A package's file is inflated once and then remembered, as long as it is small. */
export async function readPlannedFile(
  ports: FilePorts,
  packages: readonly StoredPackage[],
  entry: PlannedEntry,
): Promise<Buffer> {
  const { source } = entry;
  if (source.kind === "generated") return Buffer.from(source.content);
  const data = source.kind === "layer" ? source.layer : (packages[source.package]?.data.digest ?? "");
  const key = `${data} ${String(source.entry)} ${entry.sha256}`;
  const known = await ports.store.fact("file", key);
  if (typeof known === "string") return Buffer.from(known, "base64");
  const bytes = await inflate(ports, packages, entry);
  if (bytes.length <= rememberedBytes) await ports.store.remember("file", key, bytes.toString("base64"));
  return bytes;
}

async function inflate(
  { store, limits }: FilePorts,
  packages: readonly StoredPackage[],
  entry: PlannedEntry,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  requireWithin(entry.path, entry.sizeBytes, limits.responseBytes, "responseBytes");
  for await (const { content } of readPlanEntries(store, packages, [{ ...entry, type: "file", linkPath: "" }])) {
    for await (const chunk of content) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
