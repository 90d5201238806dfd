import { redactUrl, type Ports } from "@apkmill/core";
import { loadCredentials } from "./load-credentials.ts";
import { parseLocation } from "./location.ts";
import { openPackageFile, type PackageFile } from "./package-file.ts";
import { readPackageSource } from "./package-source.ts";

type OpenPorts = Pick<Ports, "http" | "limits" | "env" | "log">;

/** A package that is not in the store, and how messages name it. */
export interface OpenPackage {
  readonly what: string;
  readonly file: PackageFile;
}

/** True for what is fetched, not opened. */
export function isPackageUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/**
 * Opens a package by its path or its http(s) URL, which may hold credentials, or have them where those of repositories are.
 * @throws ApkError APK_MISSING, REPOSITORY_LOCATION
 */
export async function openPackage(ports: OpenPorts, source: string): Promise<OpenPackage> {
  return isPackageUrl(source)
    ? { what: redactUrl(source), file: await remoteFile(ports, source) }
    : { what: source, file: await openPackageFile(source) };
}

/** The size of what is remote is known once all of it has come. */
async function remoteFile(ports: OpenPorts, source: string): Promise<PackageFile> {
  const { places } = parseLocation(source, await loadCredentials(ports, [source]));
  const [place] = places;
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async *read() {
      if (place === undefined) return;
      const options = { place, record: { sizeBytes: 0 }, what: redactUrl(source), anew: false };
      for await (const chunk of readPackageSource(ports, options)) {
        sizeBytes += chunk.byteLength;
        yield chunk;
      }
    },
  };
}
