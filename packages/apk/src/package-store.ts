import type { Limits, Store } from "@apkmill/core";
import { parseAdbHead } from "./adb/package-head.ts";
import { ApkError } from "./apk-error.ts";
import { requireDataFacts } from "./data-facts.ts";
import { shortIdentity } from "./identity.ts";
import type { PackageClaim } from "./package-claim.ts";
import { parsePackageHead } from "./package-head.ts";
import type { ScriptName } from "./package-info.ts";
import type { BlobRef, DataFacts, StoredHead, StoredPackage } from "./stored-package.ts";

/**
 * How packages lie in the store: the data section is a blob, as it is what layers are made of; the rest is one fact under the
 * package's identity, so that a warm build opens one small file a package: what the head says, the head as it came, and what inflating
 * the data taught. The version changes when the meaning of the value does.
 */
const packageKind = "package.v5";

/** The package of this identity, when the store has all of it. Nothing is inflated: fact and blob are what they were by the store's promise. */
export async function findPackage(
  store: Store,
  identity: string,
  limits: Limits,
  what: string,
): Promise<StoredPackage | undefined> {
  const kept = parseKept(await store.fact(packageKind, shortIdentity(identity)));
  if (kept === undefined || !kept.names.includes(identity)) return undefined;
  return (await store.find(kept.data.digest)) === undefined ? undefined : storedOf(kept, limits, what);
}

/** Remembers the package, with the JSON of its data's facts; the data must be in the store already. */
export async function keepPackage(
  store: Store,
  claim: PackageClaim,
  data: BlobRef,
  contents: string,
  apkSizeBytes = claim.raw.length + data.sizeBytes,
): Promise<StoredPackage> {
  const { format, identity, control, scripts } = claim;
  const said = { format, names: namesOf(claim), control, scripts: encodeScripts(scripts) };
  const rest = { head: claim.raw.toString("base64"), data, apkSizeBytes };
  const json = `${JSON.stringify({ ...said, ...rest }).slice(0, -1)},"contents":${contents}}`;
  await store.rememberJson(packageKind, shortIdentity(identity), json);
  const head = headOf(claim);
  return withContents({ format, identity, control, scripts, head, data, apkSizeBytes }, () => JSON.parse(contents));
}

/** What an index may call the package. */
function namesOf(claim: PackageClaim): string[] {
  return claim.format === "v2" ? [claim.identity] : [claim.identity, claim.fullIdentity];
}

/** The value of the fact. */
interface Kept extends Pick<StoredPackage, "format" | "control" | "data" | "apkSizeBytes"> {
  /** Identities, that of the database first. */
  readonly names: readonly string[];
  readonly scripts: readonly (readonly [name: ScriptName, base64: string])[];
  /** Base64. */
  readonly head: string;
  readonly contents: unknown;
}

function encodeScripts(scripts: PackageClaim["scripts"]): Kept["scripts"] {
  return Array.from(scripts, ([name, body]) => [name, Buffer.from(body).toString("base64")] as const);
}

function storedOf(kept: Kept, limits: Limits, what: string): StoredPackage {
  const { format, names, control, data, apkSizeBytes, head, contents } = kept;
  const scripts = new Map(kept.scripts.map(([name, base64]) => [name, Buffer.from(base64, "base64")]));
  const said = { format, identity: names[0] ?? "", control, scripts, data, apkSizeBytes };
  return withContents(
    {
      ...said,
      // Only a lock asks for it.
      get head() {
        return parseHead(format, Buffer.from(head, "base64"), limits, what);
      },
    },
    () => contents,
  );
}

function parseHead(
  format: StoredPackage["format"],
  bytes: Buffer,
  limits: Limits,
  what: string,
): StoredHead | undefined {
  const claim = format === "v2" ? parsePackageHead(bytes, limits, what) : parseAdbHead(bytes, limits, what);
  return claim === undefined ? undefined : headOf(claim);
}

/** Who only fetches needs no contents, so they are decoded when they are asked for; then what they were decoded from can go. */
function withContents(said: Omit<StoredPackage, "contents">, encoded: () => unknown): StoredPackage {
  let contents: { readonly encoded: () => unknown } | { readonly decoded: DataFacts } = { encoded };
  return Object.defineProperty(said, "contents", {
    enumerable: true,
    get: () => {
      if ("encoded" in contents) contents = { decoded: requireDataFacts(contents.encoded()) };
      return contents.decoded;
    },
  }) as StoredPackage;
}

/** A copy: the claim's bytes may be a part of all that came in one read. */
function headOf(claim: PackageClaim): StoredHead {
  const raw = Buffer.from(claim.raw);
  const { byteOffset, length } = claim.format === "v2" ? claim.controlMember : claim.payload;
  const start = byteOffset - claim.raw.byteOffset;
  return { raw, identified: raw.subarray(start, start + length) };
}

/** The store keeps a digest with every fact: this only tells apart what another version of the engine wrote. */
function parseKept(value: unknown): Kept | undefined {
  const names = ["format", "names", "control", "scripts", "head", "data", "apkSizeBytes", "contents"];
  const isKept = typeof value === "object" && value !== null && names.every((name) => name in value);
  return isKept ? (value as Kept) : undefined;
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
