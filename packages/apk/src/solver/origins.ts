import { ApkError } from "../apk-error.ts";
import { parseIndexText } from "../index-text.ts";
import type { IndexRecord } from "../package-info.ts";
import type { Repository } from "../repository.ts";
import { openCatalog, sourceOf, type Catalog } from "./catalog.ts";
import { linesOfRecords } from "./index-lines.ts";

/** A repository; where the text of its index is at hand, a search reads that, and of records only those that it chooses. */
export type SearchableRepository = Repository & { readonly indexText?: Buffer | undefined };

/** What a resolution chooses from. */
export interface Origins {
  readonly catalog: Catalog;
  /** By repository: the bit of its pinning tag; bit 0 is for the untagged. */
  readonly tagBits: readonly number[];
  /** The bit of a tag; 0 for one that no repository has. */
  readonly tagBitOf: (tag: string) => number;
  /** apk's name of the architecture: packages of others cannot be chosen. Undefined: any can. */
  readonly arch: string | undefined;
}

/** Bits of a signed number, without that of the untagged. */
const mostTags = 30;

/** @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT */
export function openOrigins(repositories: readonly SearchableRepository[], arch: string | undefined): Origins {
  const tags = ["", ...new Set(repositories.map(({ tag }) => tag).filter((tag) => tag !== ""))];
  if (tags.length > mostTags + 1) {
    throw new ApkError(
      "APK_RESOLVE_LIMIT",
      `the repositories have ${tags.length - 1} tags, and ${mostTags} is the most`,
    );
  }
  const tagBitOf = (tag: string): number => (tags.includes(tag) ? 1 << tags.indexOf(tag) : 0);
  return { catalog: catalogOf(repositories), tagBits: repositories.map(({ tag }) => tagBitOf(tag)), tagBitOf, arch };
}

/** The record of a package, as its index has it. */
export function recordOf(
  { catalog }: Origins,
  repositories: readonly SearchableRepository[],
  number: number,
): { readonly record: IndexRecord; readonly repository: Repository } {
  const source = sourceOf(catalog, number);
  const repository = repositories[source];
  const { text, sources, fields } = catalog;
  const record =
    repository?.indexText === undefined
      ? repository?.records[number - (sources.package[source] ?? 0)]
      : parseIndexText(text.toString("utf8", fields.start[number], fields.start[number + 1]), repository.location)[0];
  if (repository === undefined || record === undefined) throw new RangeError(`package ${number} has no record`);
  return { record, repository };
}

/**
 * What was read is kept as long as its source is: a factory resolves one environment after the other from the same
 * repositories, and an index does not change while it is in memory.
 */
const catalogs = new WeakMap<object, { readonly sources: readonly object[]; readonly catalog: Catalog }>();

function catalogOf(repositories: readonly SearchableRepository[]): Catalog {
  const sources = repositories.map(({ indexText, records }) => indexText ?? records);
  const [key] = sources;
  const known = key === undefined ? undefined : catalogs.get(key);
  if (known?.sources.length === sources.length && known.sources.every((source, index) => source === sources[index])) {
    return known.catalog;
  }
  const catalog = openCatalog(
    repositories.map(({ indexText, records, location }) => ({
      text: indexText ?? linesOfRecords(records, location),
      what: location,
    })),
  );
  if (key !== undefined) catalogs.set(key, { sources, catalog });
  return catalog;
}
