import { redactUrl, type Ports } from "@apkmill/core";
import { readIndex, requireIndexSigner } from "./index-file.ts";
import { loadIndexBytes } from "./index-source.ts";
import type { Keyring } from "./keys.ts";
import { parseLocation, type Location } from "./location.ts";
import type { Repository } from "./repository.ts";

export interface OpenRepositoriesOptions {
  /** As in an apko YAML: `[@tag ]PATH or URL`; the folder above the architectures. */
  readonly locations: readonly string[];
  readonly keyring: Keyring;
  /** apk's name. */
  readonly arch: string;
  /** Takes indexes as they come, signed or not. */
  readonly ignoreSignatures?: boolean;
}

type RepositoryPorts = Pick<Ports, "http" | "store" | "limits" | "log" | "env">;

/**
 * Reads and verifies the index of every location for one architecture; the result is in the same order.
 * A local repository without an index is empty, with a warning: a build's own output folder is one before the first build.
 * @throws ApkError REPOSITORY_LOCATION, INDEX_… · CoreError HTTP_…, LIMIT_EXCEEDED
 */
export async function openRepositories(
  ports: RepositoryPorts,
  { locations, keyring, arch, ignoreSignatures = false }: OpenRepositoriesOptions,
): Promise<Repository[]> {
  const parsed = locations.map((line) => parseLocation(line, ports.env));
  return Promise.all(parsed.map((location) => openRepository(ports, location, { keyring, arch, ignoreSignatures })));
}

async function openRepository(
  ports: RepositoryPorts,
  location: Location,
  { keyring, arch, ignoreSignatures }: Omit<Required<OpenRepositoriesOptions>, "locations">,
): Promise<Repository> {
  const { text, tag, credentials } = location;
  const what = `index of ${redactUrl(text)} for ${arch}`;
  const bytes = await loadIndexBytes(ports, location, arch);
  if (bytes === undefined) {
    ports.log.warn(`there is no ${what}: taken as empty`);
    return { location: text, tag, arch, records: [], signer: undefined, credentials };
  }
  const index = readIndex(bytes, { limits: ports.limits, what });
  const signer = ignoreSignatures ? undefined : requireIndexSigner(index, keyring, what);
  return { location: text, tag, arch, records: index.records, signer, credentials };
}
