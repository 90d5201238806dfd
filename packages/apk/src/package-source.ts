import { redactUrl, requireStatus, requireWithin, type Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { hasCode } from "./format-error.ts";
import type { Place } from "./location.ts";
import { openPackageFile } from "./package-file.ts";
import type { IndexRecord } from "./package-info.ts";

export type PackageSourcePorts = Pick<Ports, "http" | "limits">;

export interface PackageSource {
  readonly place: Place;
  readonly record: Pick<IndexRecord, "sizeBytes">;
  /** Names the package in messages. */
  readonly what: string;
  /** Asks servers and what stands before them for all of it, past their caches. */
  readonly anew: boolean;
}

/**
 * The bytes of a package file from one place; never more than its index says, and an error when fewer. Over HTTP a connection that
 * breaks is taken up again where it broke. Nothing here judges the content.
 * @throws ApkError APK_MISSING, APK_SIZE, REPOSITORY_OFFLINE · CoreError HTTP_…, LIMIT_EXCEEDED
 */
export async function* readPackageSource(ports: PackageSourcePorts, source: PackageSource): AsyncGenerator<Uint8Array> {
  const { what, record, place } = source;
  const bytes =
    place.kind === "folder" ? (await openPackageFile(place.path)).read() : await fetchBody(ports, source, place);
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.byteLength;
    requireWithin(`${what}: size of the package`, total, ports.limits.downloadBytes, "downloadBytes");
    if (record.sizeBytes !== 0 && total > record.sizeBytes) throw wrongSize(source, "more");
    yield chunk;
  }
  if (record.sizeBytes !== 0 && total < record.sizeBytes) throw wrongSize(source, String(total));
}

async function fetchBody(
  { http }: PackageSourcePorts,
  { what, anew }: PackageSource,
  { url, credentials }: Extract<Place, { kind: "http" }>,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await http
    .request(credentials.addressOf(url), {
      headers: { "accept-encoding": "identity", ...(anew ? { "cache-control": "no-cache" } : {}) },
      authorize: (target) => credentials.authorize(target),
      resume: true,
    })
    .catch((error: unknown) => {
      throw hasCode(error, "HTTP_OFFLINE") ? notInStore(what, url) : error;
    });
  if (response.status !== 404 && response.status !== 410) {
    return (await requireStatus(response, `package ${redactUrl(url)}`, 200)).body;
  }
  await response.drain();
  throw new ApkError("APK_MISSING", `there is no package at ${url}`, {
    kind: "remote",
    hint: "its index lists it: try again later, or report it to the repository",
    context: { package: what, url },
  });
}

function notInStore(what: string, url: string): ApkError {
  return new ApkError("REPOSITORY_OFFLINE", `${what} of ${url} is not in the store, and --offline is given`, {
    hint: "run the command once without --offline, with the same --cache-dir",
    context: { package: what, url },
  });
}

function wrongSize({ what, record }: PackageSource, found: string): ApkError {
  return new ApkError("APK_SIZE", `${what}: expected ${String(record.sizeBytes)} bytes, found ${found}`, {
    hint: "fetch it again; if it stays so, index the repository again",
    context: { package: what },
  });
}
