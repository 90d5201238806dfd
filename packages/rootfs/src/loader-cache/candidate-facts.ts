import { openPackageData, type StoredPackage } from "@apkmill/apk";
import type { Digest, Limits, Store } from "@apkmill/core";
import { readLayerBlob } from "../layer-blob.ts";
import type { EntrySource } from "../plan.ts";
import type { Candidate } from "./collect-libraries.ts";
import type { LibraryFacts } from "./library-facts.ts";
import { sectionLibraries, type Section } from "./section-libraries.ts";

interface Ports {
  readonly store: Store;
  readonly limits: Limits;
}

/**
 * What the files of all candidates say, read one archive after the other, so that one file at a time is in memory; a file that was
 * generated is no library.
 */
export async function readCandidates(
  ports: Ports,
  packages: readonly StoredPackage[],
  candidates: readonly Candidate[],
): Promise<(candidate: Candidate) => LibraryFacts | undefined> {
  const places = new Map(candidates.map((candidate) => [candidate, placeOf(ports, packages, candidate.file.source)]));
  const wanted = new Map<Digest, { readonly section: Section; readonly positions: Set<number> }>();
  for (const place of places.values()) {
    if (place === undefined) continue;
    const { section, position } = place;
    const one = wanted.get(section.digest) ?? { section, positions: new Set() };
    one.positions.add(position);
    wanted.set(section.digest, one);
  }
  const found = new Map<Digest, ReadonlyMap<number, LibraryFacts | undefined>>();
  for (const [digest, { section, positions }] of wanted)
    found.set(digest, await sectionLibraries(ports.store, section, positions));
  return (candidate) => {
    const place = places.get(candidate);
    return place === undefined ? undefined : found.get(place.section.digest)?.get(place.position);
  };
}

interface Place {
  readonly section: Section;
  readonly position: number;
}

function placeOf(ports: Ports, packages: readonly StoredPackage[], source: EntrySource): Place | undefined {
  switch (source.kind) {
    case "package": {
      const stored = packages[source.package];
      return stored === undefined ? undefined : { section: packageSection(ports, stored), position: source.entry };
    }
    case "layer":
      return { section: layerSection(ports, source.layer), position: source.entry };
    case "generated":
      return undefined;
  }
}

function packageSection(ports: Ports, stored: StoredPackage): Section {
  return { digest: stored.data.digest, open: () => openPackageData(ports, stored) };
}

function layerSection(ports: Ports, digest: Digest): Section {
  return { digest, open: () => readLayerBlob(ports, digest) };
}
