import { CoreError, isEngineError, type Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { normalizeIdentity } from "./identity.ts";
import { identityLike, isNamedBy, type PackageClaim } from "./package-claim.ts";
import type { IndexRecord } from "./package-info.ts";
import { parseLocation, type Place } from "./location.ts";
import { firstThatServes } from "./mirrors.ts";
import { readPackageSource } from "./package-source.ts";
import { findPackage } from "./package-store.ts";
import type { AvailablePackage } from "./repository.ts";
import { packagePlace } from "./repository-paths.ts";
import { storePackage } from "./store-package.ts";
import type { StoredPackage } from "./stored-package.ts";

export type PackagePorts = Pick<Ports, "http" | "store" | "limits" | "log" | "signal">;

/** Packages under way at once: enough to keep both cores of a runner inflating; six took 8 % longer, as they wait for each other. */
const concurrency = 4;

/**
 * The package that an index record names, whole and verified, in the store. A package that the store knows by its
 * identity is neither fetched nor inflated. What the verified index says is what must arrive: size, identity, datahash. Where it
 * does not arrive from one mirror, the next is asked.
 * @throws ApkError APK_MISSING, APK_SIZE, APK_IDENTITY, APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, REPOSITORY_OFFLINE, … ·
 * CoreError HTTP_…
 */
export async function fetchPackage(ports: PackagePorts, available: AvailablePackage): Promise<StoredPackage> {
  const { record } = available;
  const what = `${record.name}-${record.version}`;
  const identity = normalizeIdentity(record.checksum, what);
  const known = await findPackage(ports.store, identity, ports.limits, what);
  if (known !== undefined) return known;
  const { repository } = available;
  const location = repository.source ?? parseLocation(repository.location);
  const places = location.places.map((place) => packagePlace(repository, location, place, record));
  const wanted: WantedPackage = { record, identity, what };
  return (await firstThatServes(ports, places, (place, hurried) => fetchFrom(hurried, wanted, place))).value;
}

interface WantedPackage {
  readonly record: IndexRecord;
  /** Of the record, normalized. */
  readonly identity: string;
  /** Names it in messages. */
  readonly what: string;
}

/** What a server sent may be wrong because it was taken up again after a cut, or stale in a cache: it has one more try, in one go. */
async function fetchFrom(ports: PackagePorts, wanted: WantedPackage, place: Place): Promise<StoredPackage> {
  try {
    return await readFrom(ports, wanted, place, false);
  } catch (error) {
    if (place.kind !== "http" || !isEngineError(error) || !mayHeal.has(error.code)) throw error;
    ports.log.debug(`${error.message}: fetching all of it again`);
    return readFrom(ports, wanted, place, true);
  }
}

/** The file is not what it should be, or ended early and could not be taken up again. */
const mayHeal: ReadonlySet<string> = new Set([
  "HTTP_RESUME",
  "HTTP_TRUNCATED",
  "APK_SIZE",
  "APK_IDENTITY",
  "APK_DATA_HASH",
  "APK_FILE_HASH",
  "APK_FORMAT",
]);

function readFrom(
  ports: PackagePorts,
  { record, identity, what }: WantedPackage,
  place: Place,
  anew: boolean,
): Promise<StoredPackage> {
  ports.log.debug(`fetching ${what} from ${place.kind === "http" ? place.url : place.path}`);
  return storePackage(ports, readPackageSource(ports, { place, record, what, anew }), {
    what,
    sizeHintBytes: record.sizeBytes,
    requireClaim: (claim) => {
      requireRecord(claim, identity, record, what);
    },
  });
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
function requireRecord(claim: PackageClaim, identity: string, record: IndexRecord, what: string): void {
  const { name, version } = claim.control;
  if (!isNamedBy(claim, identity)) {
    const found = identityLike(claim, identity);
    throw new ApkError("APK_IDENTITY", `${what}: expected identity ${identity}, found ${found}`, {
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
