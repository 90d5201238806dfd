import { readFile } from "node:fs/promises";
import { digestOf, parseDigest, type Digest, type Limits, type Store } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { decodeDataFacts, encodeDataFacts } from "./data-facts.ts";
import { hasCode } from "./format-error.ts";
import { parsePackageHead, type PackageHead } from "./package-head.ts";
import { dataHashError, type DataSink } from "./package-reader.ts";
import type { BlobRef, DataFacts, StoredPackage } from "./stored-package.ts";

/**
 * How packages lie in the store: the head and the data section are blobs, `package.v1` leads from an identity to both,
 * `package-data.v1` from a datahash to what inflating the section taught. The version in a kind's name changes when the
 * meaning of its values does.
 */
const packageKind = "package.v1";
const factsKind = "package-data.v1";

/**
 * The package of this identity, when the store has all of it; nothing is inflated but its few hundred bytes of control.
 * The head is held against the identity again; the data blob is what its name says by the store's promise.
 */
export async function findPackage(
  store: Store,
  identity: string,
  limits: Limits,
  what: string,
): Promise<StoredPackage | undefined> {
  const known = parseParts(await store.fact(packageKind, identity));
  if (known === undefined) return undefined;
  const [headPath, dataPath, facts] = await Promise.all([
    store.find(known.head.digest),
    store.find(known.data.digest),
    store.fact(factsKind, known.data.digest),
  ]);
  const contents = decodeDataFacts(facts);
  if (headPath === undefined || dataPath === undefined || contents === undefined) return undefined;
  const head = parsePackageHead(await readFile(headPath), limits, what);
  if (head?.identity !== identity) return undefined;
  return assembleStored(head, known.head, known.data, contents);
}

/** Puts the head and remembers both tables; the data must be in the store already. */
export async function keepPackage(
  store: Store,
  head: PackageHead,
  data: BlobRef,
  contents: DataFacts,
): Promise<StoredPackage> {
  // In any order: a reader takes a package for known only when it finds all of this.
  const headBlob: BlobRef = { digest: digestOf(head.raw), sizeBytes: head.raw.length };
  await Promise.all([
    store.put(head.raw),
    store.remember(factsKind, data.digest, encodeDataFacts(contents)),
    store.remember(packageKind, head.identity, { head: headBlob, data }),
  ]);
  return assembleStored(head, headBlob, data, contents);
}

function assembleStored(head: PackageHead, headBlob: BlobRef, data: BlobRef, contents: DataFacts): StoredPackage {
  const { identity, control, scripts } = head;
  return { identity, control, scripts, head: headBlob, data, contents };
}

/** A sink that writes the data section into the store, under its datahash or not at all. */
export async function storeSink(store: Store, what: string): Promise<DataSink> {
  const writer = await store.write();
  return {
    write: (chunk) => writer.write(chunk),
    settle: async (dataHash: Digest) => {
      try {
        await writer.commit(dataHash);
      } catch (cause) {
        if (!hasCode(cause, "DIGEST_MISMATCH")) throw cause;
        throw dataHashError(what, dataHash, cause);
      }
    },
    abort: () => writer.abort(),
  };
}

function parseParts(value: unknown): { readonly head: BlobRef; readonly data: BlobRef } | undefined {
  if (typeof value !== "object" || value === null || !("head" in value) || !("data" in value)) return undefined;
  const head = parseBlobRef(value.head);
  const data = parseBlobRef(value.data);
  return head === undefined || data === undefined ? undefined : { head, data };
}

function parseBlobRef(value: unknown): BlobRef | undefined {
  if (typeof value !== "object" || value === null || !("digest" in value) || !("sizeBytes" in value)) return undefined;
  const { digest, sizeBytes } = value;
  if (typeof digest !== "string" || typeof sizeBytes !== "number") return undefined;
  return { digest: parseDigest(digest), sizeBytes };
}

/** Where the store has the data section of a package. @throws ApkError APK_MISSING */
export async function findData(store: Store, { data, control }: StoredPackage): Promise<string> {
  const path = await store.find(data.digest);
  if (path !== undefined) return path;
  throw new ApkError("APK_MISSING", `the data of ${control.name}-${control.version} is no longer in the store`, {
    hint: "run the command again to fetch it",
    context: { package: control.name },
  });
}
