import { isEngineError, type Limits, type Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { FindAuthorization } from "./credentials.ts";
import { loadIndexBytes } from "./index-source.ts";
import { parseIndexText } from "./index-text.ts";
import { readIndexTexts } from "./index-texts.ts";
import type { Keyring } from "./keys.ts";
import { loadCredentials } from "./load-credentials.ts";
import { parseLocation, type Location, type Place } from "./location.ts";
import { firstThatServes } from "./mirrors.ts";
import { openIndex, type OpenIndex } from "./open-index.ts";
import type { IndexRecord } from "./package-info.ts";
import type { Repository } from "./repository.ts";

export interface OpenRepositoriesOptions {
  /** See {@link parseLocation}. */
  readonly locations: readonly string[];
  readonly keyring: Keyring;
  /** apk's name. */
  readonly arch: string;
  /** Takes indexes as they come, signed or not. */
  readonly ignoreSignatures?: boolean;
  /** Left out: what the environment says, see {@link loadCredentials}. */
  readonly findAuthorization?: FindAuthorization;
}

type RepositoryPorts = Pick<Ports, "http" | "store" | "limits" | "log" | "env">;
type Trust = Required<Pick<OpenRepositoriesOptions, "keyring" | "arch" | "ignoreSignatures">>;

/**
 * Reads and verifies the index of every location for one architecture; the result is in the same order. Of mirrors the first that
 * answers is taken. A local repository without an index is empty, with a warning: a build's own output folder is one before the
 * first build.
 * @throws ApkError REPOSITORY_LOCATION, REPOSITORY_CREDENTIALS, REPOSITORY_OFFLINE, INDEX_… · CoreError HTTP_…, LIMIT_EXCEEDED
 */
export async function openRepositories(
  ports: RepositoryPorts,
  { locations, keyring, arch, ignoreSignatures = false, findAuthorization }: OpenRepositoriesOptions,
): Promise<Repository[]> {
  const find = findAuthorization ?? (await loadCredentials(ports, locations));
  const parsed = locations.map((line) => parseLocation(line, find));
  const trust = { keyring, arch, ignoreSignatures };
  const verified = await Promise.all(parsed.map((location) => openRepository(ports, location, trust)));
  return readContents(ports, verified);
}

/** A repository whose index is verified, but not read yet. */
interface VerifiedRepository {
  readonly repository: Omit<Repository, "records" | "indexText">;
  /** Undefined where there is none. */
  readonly index: OpenIndex | undefined;
}

async function openRepository(ports: RepositoryPorts, location: Location, trust: Trust): Promise<VerifiedRepository> {
  const { text, tag, places } = location;
  const { arch } = trust;
  const found = await firstThatServes(ports, places, (place, hurried) => openPlace(hurried, location, place, trust));
  const source = { ...location, places: [found.place, ...places.filter((place) => place !== found.place)] };
  if (found.value === undefined) {
    ports.log.warn(`there is no index of ${text} for ${arch}: taken as empty`);
    return { repository: { location: text, tag, arch, signer: undefined, source }, index: undefined };
  }
  const { index, signer } = found.value;
  const named = index.packageSpec === undefined ? {} : { packageSpec: index.packageSpec };
  return { repository: { location: text, tag, arch, signer, source, ...named }, index };
}

/** The repositories with what their indexes say. */
async function readContents(ports: RepositoryPorts, verified: readonly VerifiedRepository[]): Promise<Repository[]> {
  const texts = verified.flatMap(({ repository: { location, arch }, index }) =>
    index?.content.format === "v2" ? [{ what: whatOf(location, arch), digest: index.digest, ...index.content }] : [],
  );
  const textAt = await readIndexTexts(ports, texts);
  let next = 0;
  return verified.map(({ repository, index }) => {
    if (index === undefined) return { ...repository, records: [] };
    const known = { ...repository, indexDigest: index.digest };
    if (index.content.format === "v3") return { ...known, records: index.content.records };
    const position = next++;
    return withText(known, () => textAt(position), ports.limits);
  });
}

function withText(repository: VerifiedRepository["repository"], readText: () => Buffer, limits: Limits): Repository {
  const { location, arch } = repository;
  let records: readonly IndexRecord[] | undefined;
  return {
    ...repository,
    get indexText() {
      return readText();
    },
    get records() {
      return (records ??= parseIndexText(readText().toString("utf8"), whatOf(location, arch), limits));
    },
  };
}

function whatOf(location: string, arch: string): string {
  return `index of ${location} for ${arch}`;
}

interface VerifiedIndex {
  readonly index: OpenIndex;
  readonly signer: string | undefined;
}

/** What the store remembers may be wrong in a way that its hash does not tell; then the server is asked for all of it. */
async function openPlace(
  ports: RepositoryPorts,
  location: Location,
  place: Place,
  trust: Trust,
): Promise<VerifiedIndex | undefined> {
  const what = whatOf(location.text, trust.arch);
  const loaded = await loadIndexBytes(ports, location, place, trust);
  if (loaded === undefined) {
    if (location.places.length === 1) return undefined;
    throw new ApkError("INDEX_MISSING", `there is no ${what}`, { hint: "check the addresses of its mirrors" });
  }
  try {
    return verifyIndex(ports, loaded.bytes, what, trust);
  } catch (error) {
    if (!loaded.isRemembered || !isEngineError(error) || !error.code.startsWith("INDEX_")) throw error;
    const again = await loadIndexBytes(ports, location, place, { ...trust, anew: true });
    if (again === undefined || again.isRemembered) throw error;
    return verifyIndex(ports, again.bytes, what, trust);
  }
}

function verifyIndex(
  { limits }: RepositoryPorts,
  bytes: Buffer,
  what: string,
  { keyring, ignoreSignatures }: Trust,
): VerifiedIndex {
  const index = openIndex(bytes, limits, what);
  return { index, signer: ignoreSignatures ? undefined : index.requireSigner(keyring) };
}
