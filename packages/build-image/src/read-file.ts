import { hash } from "node:crypto";
import type { ContentPorts, StoredPackage } from "@apkmill/apk";
import { requireWithin } from "@apkmill/core";
import { readPlanEntries, type PlannedEntry } from "@apkmill/rootfs";
import { contentPlace } from "./content-place.ts";

/** Larger files are inflated again: a fact is JSON, and small ones are what is asked for every time. */
const rememberedBytes = 1 << 20;

/**
 * The SHA-256 of one file of a plan, 64 hex digits. That of a package's file is computed once and then remembered: the package does not
 * state it.
 */
export async function hashPlannedFile(
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  entry: PlannedEntry,
): Promise<string> {
  if (entry.sha256 !== "") return entry.sha256;
  const key = contentPlace(packages, entry);
  const known = await ports.store.fact("file-hash", key);
  if (typeof known === "string") return known;
  const hex = hash("sha256", await inflate(ports, packages, entry));
  await ports.store.remember("file-hash", key, hex);
  return hex;
}

/** The content of one file of a plan. A package's file is inflated once and then remembered, as long as it is small. */
export async function readPlannedFile(
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  entry: PlannedEntry,
): Promise<Buffer> {
  if (entry.source.kind === "generated") return Buffer.from(entry.source.content);
  const key = contentPlace(packages, entry);
  const known = await ports.store.fact("file", key);
  if (typeof known === "string") return Buffer.from(known, "base64");
  const bytes = await inflate(ports, packages, entry);
  if (bytes.length <= rememberedBytes) await ports.store.remember("file", key, bytes.toString("base64"));
  return bytes;
}

async function inflate(ports: ContentPorts, packages: readonly StoredPackage[], entry: PlannedEntry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  requireWithin(entry.path, entry.sizeBytes, ports.limits.responseBytes, "responseBytes");
  for await (const { content } of readPlanEntries(ports, packages, [{ ...entry, type: "file", linkPath: "" }])) {
    for await (const chunk of content) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
