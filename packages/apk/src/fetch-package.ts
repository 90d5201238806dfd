import { join } from "node:path";
import { CoreError, redactUrl, requireStatus, requireWithin, type Limits, type Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { normalizeIdentity } from "./identity.ts";
import { isFileNamePart } from "./package-control.ts";
import { openPackageFile } from "./package-file.ts";
import type { PackageHead } from "./package-head.ts";
import type { IndexRecord } from "./package-info.ts";
import { readPackage } from "./package-reader.ts";
import { findPackage, keepPackage, storeSink } from "./package-store.ts";
import { parseLocation } from "./location.ts";
import type { AvailablePackage } from "./repository.ts";
import type { StoredPackage } from "./stored-package.ts";

export type PackagePorts = Pick<Ports, "http" | "store" | "limits" | "log" | "signal">;

/** Packages under way at once: enough to keep both cores of a runner inflating. */
const concurrency = 6;

/**
 * The package that an index record names, whole and verified, in the store. A package that the store knows by its
 * identity is neither fetched nor inflated. What the verified index says is what must arrive: size, identity, datahash.
 * @throws ApkError APK_MISSING, APK_SIZE, APK_IDENTITY, APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, … · CoreError HTTP_…
 */
export async function fetchPackage(ports: PackagePorts, available: AvailablePackage): Promise<StoredPackage> {
  const { record } = available;
  const what = `${record.name}-${record.version}`;
  const identity = normalizeIdentity(record.checksum, what);
  const known = await findPackage(ports.store, identity, ports.limits, what);
  if (known !== undefined) return known;
  ports.log.debug(`fetching ${what} from ${available.repository.location}`);
  const source = exactly(openRecord(ports, available, what), record.sizeBytes, ports.limits, what);
  const { head, contents, dataSizeBytes } = await readPackage(source, {
    what,
    limits: ports.limits,
    sizeHintBytes: record.sizeBytes,
    sink: await storeSink(ports.store, what),
    requireHead: (found) => requireRecord(found, identity, record, what),
  });
  return keepPackage(
    ports.store,
    head,
    { digest: `sha256:${head.control.dataHash}`, sizeBytes: dataSizeBytes },
    contents,
  );
}

/** {@link fetchPackage} for a list, several at once; the result is in the list's order. The first failure ends all. */
export async function fetchPackages(ports: PackagePorts, list: readonly AvailablePackage[]): Promise<StoredPackage[]> {
  const stored: StoredPackage[] = [];
  const queue = list.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const [position, available] of queue) {
      if (failed) return;
      if (ports.signal.aborted) throw new CoreError("CANCELLED", "fetching packages: cancelled");
      stored[position] = await fetchPackage(ports, available);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, list.length) }, async () => {
    await work().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  });
  const results = await Promise.allSettled(workers);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return stored;
}

/** The identity is all that the chain of trust needs; name and version say whether the index tells the truth. */
function requireRecord(head: PackageHead, identity: string, record: IndexRecord, what: string): void {
  const { name, version } = head.control;
  if (head.identity !== identity) {
    throw new ApkError("APK_IDENTITY", `${what}: expected identity ${identity}, found ${head.identity}`, {
      hint: "the package is not the one its index lists; refresh the index or report it to the repository",
      context: { package: what },
    });
  }
  if (name === record.name && version === record.version) return;
  throw new ApkError("APK_IDENTITY", `${what}: the package says that it is ${name}-${version}`, {
    hint: "index the repository again",
    context: { package: what },
  });
}

/** The file's bytes from where apk looks for it: under the architecture that its record states. */
async function* openRecord(
  { http }: PackagePorts,
  { record, repository }: AvailablePackage,
  what: string,
): AsyncGenerator<Uint8Array> {
  const arch = record.arch === "" ? repository.arch : record.arch;
  if (![record.name, record.version, arch].every(isFileNamePart)) {
    throw new ApkError("APK_MISSING", `index of ${repository.location}: ${JSON.stringify(what)} cannot be a file name`);
  }
  const { place } = parseLocation(repository.location);
  if (place.kind === "folder") {
    yield* (await openPackageFile(join(place.path, arch, `${what}.apk`))).read();
    return;
  }
  const url = `${place.url}/${arch}/${what}.apk`;
  const response = await http.request(repository.credentials?.addressOf(url) ?? url, {
    headers: repository.credentials?.headers() ?? {},
  });
  if (response.status === 404) {
    await response.drain();
    throw new ApkError("APK_MISSING", `there is no package at ${url}`, {
      kind: "remote",
      hint: "its index lists it: try again later, or report it to the repository",
      context: { package: what, url },
    });
  }
  yield* (await requireStatus(response, `package ${redactUrl(url)}`, 200)).body;
}

/** Passes the bytes on while they are no more than the index says, and refuses fewer. An index may leave the size out. */
async function* exactly(
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  limits: Limits,
  what: string,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.byteLength;
    requireWithin(`${what}: size of the package`, total, limits.downloadBytes);
    if (sizeBytes !== 0 && total > sizeBytes) throw wrongSize(what, sizeBytes, "more");
    yield chunk;
  }
  if (sizeBytes !== 0 && total < sizeBytes) throw wrongSize(what, sizeBytes, String(total));
}

function wrongSize(what: string, expected: number, found: string): ApkError {
  return new ApkError("APK_SIZE", `${what}: expected ${String(expected)} bytes, found ${found}`, {
    hint: "fetch it again; if it stays so, index the repository again",
    context: { package: what },
  });
}
