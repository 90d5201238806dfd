import { createHash } from "node:crypto";
import { gzip } from "@apkmill/archive";
import { digestFromHex, giveBack, storeStream, type Limits, type Ports } from "@apkmill/core";
import { openAdbPackage, type AdbPackage } from "./adb/package-reader.ts";
import { ApkError } from "./apk-error.ts";
import { isInstalledPath } from "./payload-rules.ts";
import type { PackageClaim } from "./package-claim.ts";
import { encodeDataFacts } from "./data-facts.ts";
import { withPackageHead } from "./package-reader.ts";
import { keepPackage } from "./package-store.ts";
import { sniffPackage } from "./sniff.ts";
import type { BlobRef, DataFacts, PackageEntry, StoredPackage } from "./stored-package.ts";
import { inlineUnpacker, type Unpacker } from "./unpack/unpacker.ts";

type StorePorts = Pick<Ports, "store" | "limits">;

export interface StorePackageOptions {
  /** Names the package in messages. */
  readonly what: string;
  /** Judges signature or identity before the data is touched; throws to refuse. */
  readonly requireClaim: (claim: PackageClaim) => void;
  /** Who unpacks the data; this thread when left out. */
  readonly unpacker?: Unpacker;
  /** Nobody else holds the chunks of the source: their memory is given back when they are written. */
  readonly ownsChunks?: boolean;
}

/**
 * Brings a package file of either format into the store, whole and verified, in one pass over its bytes.
 * @throws ApkError APK_… · CoreError LIMIT_EXCEEDED · what `source` and `requireClaim` throw
 */
export async function storePackage(
  ports: StorePorts,
  source: AsyncIterable<Uint8Array>,
  options: StorePackageOptions,
): Promise<StoredPackage> {
  const { format, bytes } = await sniffPackage(source);
  return format === "v2" ? storeV2(ports, bytes, options) : storeV3(ports, bytes, options);
}

/** The data section enters the store as it is, once whoever unpacks it has found in it what the head says. */
async function storeV2(
  { store, limits }: StorePorts,
  bytes: AsyncIterable<Uint8Array>,
  { what, requireClaim, unpacker = inlineUnpacker, ownsChunks = false }: StorePackageOptions,
): Promise<StoredPackage> {
  return withPackageHead(bytes, { what, limits, requireHead: requireClaim }, async (head, data) => {
    const { dataHash } = head.control;
    const stage = await store.stage();
    try {
      for await (const chunk of data) {
        await stage.write(chunk);
        if (ownsChunks) giveBack(chunk);
      }
      const { facts, isSynced } = await unpacker.unpack({ path: stage.path, dataHash, what, limits });
      const { digest, sizeBytes } = await stage.commit(digestFromHex(dataHash), { isSynced });
      return await keepPackage(store, head, { digest, sizeBytes }, facts);
    } catch (error) {
      await stage.abort();
      throw error;
    }
  });
}

/** The files become a data section as v2 has it; the same package gives the same bytes everywhere. */
async function storeV3(
  { store, limits }: StorePorts,
  bytes: AsyncIterable<Uint8Array>,
  { what, requireClaim }: StorePackageOptions,
): Promise<StoredPackage> {
  const size = { bytes: 0 };
  const source = passed(bytes, (chunk) => {
    size.bytes += chunk.byteLength;
  });
  const adb = await openAdbPackage(source, { what, limits });
  try {
    requireClaim(adb.head);
    const { data, contents } = await writeData(adb, store, limits, what);
    return await keepPackage(store, adb.head, data, JSON.stringify(encodeDataFacts(contents)), size.bytes);
  } finally {
    await adb.close();
  }
}

async function writeData(
  adb: AdbPackage,
  store: StorePorts["store"],
  limits: Limits,
  what: string,
): Promise<{ readonly data: BlobRef; readonly contents: DataFacts }> {
  const items = adb.head.items();
  for (const { entry } of items) requireInstalled(entry.path, what);
  const entries: PackageEntry[] = [];
  const diffId = createHash("sha256");
  const size = { bytes: 0 };
  const tar = passed(adb.tar(items, entries), (chunk) => {
    diffId.update(chunk);
    size.bytes += chunk.byteLength;
  });
  const { digest, sizeBytes } = await storeStream(store, gzip(tar), { what, limitBytes: limits.dataBytes });
  const contents = { diffId: `sha256:${diffId.digest("hex")}`, unpackedSizeBytes: size.bytes, entries } as const;
  return { data: { digest, sizeBytes }, contents };
}

/** In a data section a name with a leading dot at the top is not installed, while v3 has no such rule. */
function requireInstalled(path: string, what: string): void {
  if (isInstalledPath(path)) return;
  throw new ApkError("APK_UNSUPPORTED", `${what}: ${path} cannot be installed: its name begins with a dot at the top`, {
    hint: "leave the package out, or ask for one that keeps its files in folders",
    context: { package: what },
  });
}

/** The source, each chunk shown to `see` first. */
async function* passed(
  source: AsyncIterable<Uint8Array>,
  see: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}
