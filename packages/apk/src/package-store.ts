import { parseDigest, type Digest, type Limits, type Store } from "@apkmill/core";
import { parseAdbHead } from "./adb/package-head.ts";
import { ApkError } from "./apk-error.ts";
import { decodeDataFacts, encodeDataFacts } from "./data-facts.ts";
import { hasCode } from "./format-error.ts";
import { shortIdentity } from "./identity.ts";
import { isNamedBy, type PackageClaim } from "./package-claim.ts";
import { parsePackageHead } from "./package-head.ts";
import { dataHashError, type DataSink } from "./package-reader.ts";
import type { BlobRef, DataFacts, StoredPackage } from "./stored-package.ts";

/**
 * How packages lie in the store: the data section is a blob, as it is what layers are made of; the rest is one fact under the
 * package's identity, so that a warm build opens one small file a package: the head as it came, and what inflating the data
 * taught. The version in the kind's name changes when the meaning of its value does.
 */
const packageKind = "package.v2";

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
  const kept = parseKept(await store.fact(packageKind, shortIdentity(identity)));
  if (kept === undefined || (await store.find(kept.data.digest)) === undefined) return undefined;
  const bytes = Buffer.from(kept.head, "base64");
  const head = kept.format === "v2" ? parsePackageHead(bytes, limits, what) : parseAdbHead(bytes, limits, what);
  return head !== undefined && isNamedBy(head, identity) ? assembleStored(head, kept) : undefined;
}

/** Remembers the package; its data must be in the store already. */
export async function keepPackage(
  store: Store,
  head: PackageClaim,
  data: BlobRef,
  contents: DataFacts,
  apkSizeBytes = head.raw.length + data.sizeBytes,
): Promise<StoredPackage> {
  const { format } = head;
  await store.remember(packageKind, shortIdentity(head.identity), {
    format,
    head: head.raw.toString("base64"),
    data,
    apkSizeBytes,
    contents: encodeDataFacts(contents),
  });
  return assembleStored(head, { format, data, apkSizeBytes, contents });
}

interface Kept extends Pick<StoredPackage, "format" | "data" | "apkSizeBytes" | "contents"> {
  /** Base64. */
  readonly head: string;
}

function assembleStored(
  claim: PackageClaim,
  { format, data, apkSizeBytes, contents }: Omit<Kept, "head">,
): StoredPackage {
  const { identity, control, scripts } = claim;
  return { format, identity, control, scripts, data, apkSizeBytes, contents };
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

/** The store keeps a digest with every fact: this only tells apart what another version of the engine wrote. */
function parseKept(value: unknown): Kept | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("format" in value && "head" in value && "data" in value && "apkSizeBytes" in value && "contents" in value))
    return undefined;
  const { format, head, apkSizeBytes } = value;
  const data = parseBlobRef(value.data);
  const contents = decodeDataFacts(value.contents);
  if ((format !== "v2" && format !== "v3") || typeof head !== "string" || typeof apkSizeBytes !== "number")
    return undefined;
  return data === undefined || contents === undefined ? undefined : { format, head, data, apkSizeBytes, contents };
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
