import { isSystemError, readFileWithin, redactUrl, type Limits, type Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { Location, Place } from "./location.ts";
import { fetchRemembered } from "./remembered-file.ts";
import { indexPlace } from "./repository-paths.ts";

type IndexPorts = Pick<Ports, "http" | "store" | "limits">;

export interface IndexBytes {
  readonly bytes: Buffer;
  /** True when they come from the store. */
  readonly isRemembered: boolean;
}

/**
 * The bytes of a repository's index for one architecture at one of its places, or undefined where a local repository has none yet.
 * `anew` asks a server for all of it whatever the store remembers.
 * @throws ApkError INDEX_MISSING, INDEX_FORMAT, REPOSITORY_OFFLINE · CoreError HTTP_…, LIMIT_EXCEEDED, FILE_UNREADABLE
 */
export async function loadIndexBytes(
  ports: IndexPorts,
  location: Location,
  place: Place,
  { arch, anew = false }: { readonly arch: string; readonly anew?: boolean },
): Promise<IndexBytes | undefined> {
  const at = indexPlace(location, place, arch);
  const found = at.kind === "http" ? await fetchIndex(ports, at, anew) : await readIndexFile(ports, at.path);
  if (found !== undefined) requireBinary(at, found.bytes);
  return found;
}

async function readIndexFile({ limits }: IndexPorts, path: string): Promise<IndexBytes | undefined> {
  try {
    return { bytes: await readFileWithin(path, limits.indexBytes, "indexBytes"), isRemembered: false };
  } catch (error) {
    if (error instanceof Error && isSystemError(error.cause) && error.cause.code === "ENOENT") return undefined;
    throw error;
  }
}

function fetchIndex(
  ports: IndexPorts,
  { url, credentials }: Extract<Place, { kind: "http" }>,
  anew: boolean,
): Promise<IndexBytes> {
  return fetchRemembered(ports, {
    url,
    credentials,
    anew,
    what: `index ${url}`,
    ...boundOf(ports.limits),
    missing: () =>
      new ApkError("INDEX_MISSING", `there is no index at ${url}`, {
        kind: "remote",
        hint: "check the repository's address, and that it serves this architecture",
        context: { url },
      }),
    offline: () =>
      new ApkError("REPOSITORY_OFFLINE", `the index ${redactUrl(url)} is not in the store, and --offline is given`, {
        hint: "run the command once without --offline, with the same --cache-dir",
        context: { url },
      }),
  });
}

/** An index is held in memory as it comes, and unpacked then: both limits hold. */
function boundOf({ indexBytes, responseBytes }: Limits): { limitBytes: number; limit: keyof Limits } {
  return indexBytes < responseBytes
    ? { limitBytes: indexBytes, limit: "indexBytes" }
    : { limitBytes: responseBytes, limit: "responseBytes" };
}

/** A name that ends in `.adb` promises the binary format; elsewhere the first bytes tell the format (reference apk-formats A9). */
function requireBinary(at: Place, bytes: Buffer): void {
  const name = at.kind === "http" ? at.url : at.path;
  if (!name.endsWith(".adb") || bytes.toString("latin1", 0, 3) === "ADB") return;
  throw new ApkError(
    "INDEX_FORMAT",
    `index ${name}: expected the binary format that its name promises, found another`,
    {
      hint: "check the repository's address",
    },
  );
}
