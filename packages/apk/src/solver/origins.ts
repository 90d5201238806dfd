import { ApkError } from "../apk-error.ts";
import { parseIndexText } from "../index-text.ts";
import type { Dependency } from "../dependency.ts";
import type { InstalledRecord } from "../installed-package.ts";
import type { IndexRecord } from "../package-info.ts";
import type { AvailablePackage, Repository } from "../repository.ts";
import { catalogOf, type CatalogSource } from "./catalogs.ts";
import { sourceOf, type Catalog } from "./catalog.ts";
import { nameOrder, reorder, type CompareNames } from "./table-order.ts";
import { listOf } from "./lists.ts";

/** What a resolution chooses from. */
export interface Origins {
  /** What is installed comes before the repositories: the numbers of these packages are their places in `installed`. */
  readonly catalog: Catalog;
  /** By their place in apk's table of names. */
  readonly compareNames: CompareNames;
  readonly installed: readonly InstalledRecord[];
  readonly repositories: readonly Repository[];
  /** By repository: the bit of its pinning tag. */
  readonly tagBits: readonly number[];
  /** All pinning tags, the untagged first, in the order in which apk meets them. */
  readonly tags: readonly string[];
  /** The bit of a tag, by its place among the tags; 0 for one that is not known. */
  readonly tagBitOf: (tag: string) => number;
  /** apk's name of the architecture: packages of others cannot be chosen. Undefined: any can. */
  readonly arch: string | undefined;
}

/** Bits of a signed number, without that of the untagged. */
const mostTags = 30;

/** What is chosen from, and what the names of tags in the world are. */
export interface OriginsOptions {
  readonly repositories: readonly Repository[];
  readonly installed: readonly InstalledRecord[];
  readonly arch: string | undefined;
  /** The world before the request; empty for an empty root. */
  readonly world: readonly Dependency[];
}

/** @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT */
export function openOrigins({ repositories, installed, arch, world }: OriginsOptions): Origins {
  const tags = [
    ...new Set(["", ...world.map(({ tag }) => tag), ...[...installed, ...repositories].map(({ tag }) => tag)]),
  ];
  if (tags.length > mostTags + 1) {
    throw new ApkError(
      "APK_RESOLVE_LIMIT",
      `the repositories have ${tags.length - 1} tags, and ${mostTags} is the most`,
    );
  }
  const tagBitOf = (tag: string): number => (tags.includes(tag) ? 1 << tags.indexOf(tag) : 0);
  return {
    ...orderedCatalog(catalogOf([...databaseOf(installed), ...repositories]), world),
    installed,
    repositories,
    tagBits: repositories.map(({ tag }) => tagBitOf(tag)),
    tags,
    tagBitOf,
    arch,
  };
}

/** apk meets the names of the world before all others, which says where they stand in its table (A10.8). */
function orderedCatalog(catalog: Catalog, world: readonly Dependency[]): Pick<Origins, "catalog" | "compareNames"> {
  const mentioned = [...new Set(world.map(({ name }) => catalog.names.find(name)))].filter((id) => id >= 0);
  const compareNames = nameOrder(catalog.names, mentioned);
  if (mentioned.length === 0) return { catalog, compareNames };
  const { installIf } = catalog;
  const dependants = reorder(installIf.dependants, compareNames);
  return { catalog: { ...catalog, installIf: { ...installIf, dependants } }, compareNames };
}

function databaseOf(installed: readonly InstalledRecord[]): CatalogSource[] {
  return installed.length === 0 ? [] : [{ location: "the installed database", records: installed }];
}

/** The bit of the tag under which a package is installed; 0 when no repository has that any more. */
export function heldTag({ tagBits, tagBitOf }: Origins, { tag }: InstalledRecord): number {
  const bit = tagBitOf(tag);
  return tagBits.includes(bit) ? bit : 0;
}

/** Where a package can be had. */
export interface Places {
  /** The first repository that has it; -1 when none does. */
  readonly repositoryIndex: number;
  /** The tags of all of them, as bits. */
  readonly tags: number;
}

export function placesOf(origins: Origins, number: number): Places {
  const { catalog, tagBits } = origins;
  const index = repositoryOf(origins, number);
  let places = { repositoryIndex: index, tags: tagBits[index] ?? 0 };
  for (const other of catalog.repeats.get(number) ?? []) {
    const also = repositoryOf(origins, other);
    const { repositoryIndex, tags } = places;
    places = { repositoryIndex: repositoryIndex < 0 ? also : repositoryIndex, tags: tags | (tagBits[also] ?? 0) };
  }
  return places;
}

/** The place among the repositories of the one that has this record; -1 for the installed database. */
function repositoryOf({ catalog, installed }: Origins, number: number): number {
  return sourceOf(catalog, number) - (installed.length === 0 ? 0 : 1);
}

/** Some repository has a package that provides the name. */
export function isOffered(origins: Origins, name: string): boolean {
  const { names, providers, entries } = origins.catalog;
  const id = names.find(name);
  if (id < 0) return false;
  const numbers = listOf(providers, id).map((entry) => entries.package[entry] ?? 0);
  return numbers.some((number) => placesOf(origins, number).repositoryIndex >= 0);
}

/** The record of a package, as the first repository that has it says it; undefined when none does. */
export function availableOf(origins: Origins, wanted: number): AvailablePackage | undefined {
  const numbers = [wanted, ...(origins.catalog.repeats.get(wanted) ?? [])];
  const number = numbers.find((each) => repositoryOf(origins, each) >= 0);
  const repository = number === undefined ? undefined : origins.repositories[repositoryOf(origins, number)];
  if (number === undefined || repository === undefined) return undefined;
  const record = recordAt(origins, repository, number);
  if (record === undefined) throw new RangeError(`package ${wanted} has no record`);
  return { record, repository };
}

function recordAt({ catalog }: Origins, repository: Repository, number: number): IndexRecord | undefined {
  const { text, sources, fields } = catalog;
  if (repository.indexText === undefined) {
    return repository.records[number - (sources.package[sourceOf(catalog, number)] ?? 0)];
  }
  return parseIndexText(text.toString("utf8", fields.start[number], fields.start[number + 1]), repository.location)[0];
}
