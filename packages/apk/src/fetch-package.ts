import { inLanes, isEngineError, requireGoing, type Ports } from "@apkmill/core";
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
import { inlineUnpacker, type Unpacker } from "./unpack/unpacker.ts";
import { withUnpacking, type Unpacking } from "./unpack/unpacking.ts";

export type PackagePorts = Pick<Ports, "http" | "store" | "limits" | "log" | "signal">;

/** Packages under way at once: while some come in, others wait for a thread to unpack them. */
const concurrency = 12;

/**
 * The package that an index record names, whole and verified, in the store. A package that the store knows by its
 * identity is neither fetched nor inflated. What the verified index says is what must arrive: size, identity, datahash. Where it
 * does not arrive from one mirror, the next is asked.
 * @throws ApkError APK_MISSING, APK_SIZE, APK_IDENTITY, APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, REPOSITORY_OFFLINE, … ·
 * CoreError HTTP_…
 */
export async function fetchPackage(
  ports: PackagePorts,
  available: AvailablePackage,
  findUnpacker: () => Promise<Unpacker> = () => Promise.resolve(inlineUnpacker),
): Promise<StoredPackage> {
  const { record } = available;
  const what = `${record.name}-${record.version}`;
  const identity = normalizeIdentity(record.checksum, what);
  const known = await findPackage(ports.store, identity, ports.limits, what);
  if (known !== undefined) return known;
  const { repository } = available;
  const location = repository.source ?? parseLocation(repository.location);
  const places = location.places.map((place) => packagePlace(repository, location, place, record));
  const wanted: WantedPackage = { record, identity, what, unpacker: await findUnpacker() };
  return (await firstThatServes(ports, places, (place, hurried) => fetchFrom(hurried, wanted, place))).value;
}

interface WantedPackage {
  readonly record: IndexRecord;
  /** Of the record, normalized. */
  readonly identity: string;
  /** Names it in messages. */
  readonly what: string;
  readonly unpacker: Unpacker;
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
  { record, identity, what, unpacker }: WantedPackage,
  place: Place,
  anew: boolean,
): Promise<StoredPackage> {
  ports.log.debug(`fetching ${what} from ${place.kind === "http" ? place.url : place.path}`);
  return storePackage(ports, readPackageSource(ports, { place, record, what, anew }), {
    what,
    unpacker,
    ownsChunks: place.kind === "http",
    requireClaim: (claim) => {
      requireRecord(claim, identity, record, what);
    },
  });
}

/**
 * {@link fetchPackage} for a list, several at once; the result is in the list's order. The first failure ends all. With `unpacking` its
 * threads are used, which the caller ends.
 */
export async function fetchPackages(
  ports: PackagePorts,
  list: readonly AvailablePackage[],
  unpacking?: Unpacking,
): Promise<StoredPackage[]> {
  if (unpacking === undefined) return withUnpacking((begun) => fetchPackages(ports, list, begun));
  const sizeBytes = list.reduce((sum, { record }) => sum + record.sizeBytes, 0);
  const findUnpacker = (): Promise<Unpacker> => unpacking.unpackerFor(sizeBytes);
  // Large ones take the time of threads, small ones that of this one, so both are under way at any time; what is left at the end is neither.
  const order = [...list.entries()].sort(([, a], [, b]) => b.record.sizeBytes - a.record.sizeBytes);
  const stored: StoredPackage[] = [];
  const fetchNext = async ([position, available]: [number, AvailablePackage]): Promise<void> => {
    requireGoing(ports.signal, "fetching packages");
    stored[position] = await fetchPackage(ports, available, findUnpacker);
  };
  await inLanes(order, concurrency, fetchNext, { fromBothEnds: true });
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
