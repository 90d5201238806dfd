import type { TarEntry } from "@apkmill/archive";
import type { Digest, Store } from "@apkmill/core";
import type { LibraryFacts } from "./library-facts.ts";
import { machines } from "./machines.ts";
import { LibraryScan } from "./scan-library.ts";

/** The name of the fact; another number when what is remembered changes its form or its rules. */
const kind = "libraries-1";
/** A scan wants four ranges at most, and one pass more for each that went by too early. */
const mostPasses = 4;

/** A remembered file: its position, and what it is; of a file that is no library only the position. */
type Row = readonly [position: number, soname?: string, flags?: number, machine?: string];

/** An archive in the store: a package's data section, or a layer. */
export interface Section {
  readonly digest: Digest;
  open(): AsyncIterable<{
    readonly entry: Pick<TarEntry, "type" | "sizeBytes">;
    readonly content: AsyncIterable<Uint8Array>;
  }>;
}

/**
 * Facts of some files of an archive, by their positions in it; undefined for a file that is no library. The archive is inflated
 * once, and what it taught is remembered in the store: a second image with it inflates nothing.
 */
export async function sectionLibraries(
  store: Store,
  section: Section,
  positions: Iterable<number>,
): Promise<ReadonlyMap<number, LibraryFacts | undefined>> {
  const known = decode(await store.fact(kind, section.digest));
  const missing = new Set([...positions].filter((position) => !known.has(position)));
  if (missing.size === 0) return known;
  const all = new Map([...known, ...(await scan(section, missing))]);
  await store.remember(kind, section.digest, encode(all));
  return all;
}

async function scan(
  section: Section,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, LibraryFacts | undefined>> {
  const scans = new Map<number, LibraryScan>();
  const unfinished = new Set(wanted);
  for (let pass = 0; pass < mostPasses && unfinished.size > 0; pass += 1) await scanOnce(section, unfinished, scans);
  return new Map(Array.from(wanted, (position) => [position, factsIn(scans.get(position))]));
}

async function scanOnce(section: Section, unfinished: Set<number>, scans: Map<number, LibraryScan>): Promise<void> {
  let position = -1;
  let remaining = unfinished.size;
  for await (const { entry, content } of section.open()) {
    position += 1;
    if (!unfinished.has(position)) continue;
    const one = scans.get(position) ?? new LibraryScan(entry.type === "file" ? entry.sizeBytes : 0);
    scans.set(position, one);
    await one.pass(content);
    if (one.facts !== "unfinished") unfinished.delete(position);
    remaining -= 1;
    if (remaining === 0) return;
  }
}

function factsIn(scan: LibraryScan | undefined): LibraryFacts | undefined {
  return scan === undefined || scan.facts === "unfinished" ? undefined : scan.facts;
}

function encode(facts: ReadonlyMap<number, LibraryFacts | undefined>): Row[] {
  return [...facts].map(([position, found]) =>
    found === undefined ? [position] : [position, found.soname, found.flags, found.machine],
  );
}

/** The store keeps a digest with every fact, so this only tells apart what another version of the engine wrote. */
function decode(value: unknown): ReadonlyMap<number, LibraryFacts | undefined> {
  if (!Array.isArray(value) || !value.every(isRow)) return new Map();
  return new Map(value.map(([position, soname, flags = 0, machine]) => [position, factsOf(soname, flags, machine)]));
}

function isRow(value: unknown): value is Row {
  return Array.isArray(value) && typeof value[0] === "number" && (value.length === 1 || typeof value[1] === "string");
}

function factsOf(soname: string | undefined, flags: number, name: string | undefined): LibraryFacts | undefined {
  const machine = machines.find((one) => one.name === name)?.name;
  return soname === undefined || machine === undefined ? undefined : { soname, flags, machine };
}
