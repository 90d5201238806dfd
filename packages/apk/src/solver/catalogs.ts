import type { IndexRecord } from "../package-info.ts";
import { openCatalog } from "./catalog-builder.ts";
import type { Catalog } from "./catalog.ts";
import { linesOfRecords } from "./index-lines.ts";

/**
 * Catalogs that were read, kept as long as their sources are: a factory resolves one environment after the other from the same
 * repositories, and an index does not change while it is in memory.
 */
const catalogs = new WeakMap<object, { readonly sources: readonly object[]; readonly catalog: Catalog }>();

/** An index as text or, where there is none, as records. */
export interface CatalogSource {
  readonly location: string;
  readonly indexText?: Buffer | undefined;
  readonly records: readonly IndexRecord[];
}

/** The catalog of these sources, the preferred one first. @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT */
export function catalogOf(repositories: readonly CatalogSource[]): Catalog {
  // Records may be made from the text when they are asked for.
  const sources = repositories.map((repository) => repository.indexText ?? repository.records);
  const [key] = sources;
  const known = key === undefined ? undefined : catalogs.get(key);
  if (known?.sources.length === sources.length && known.sources.every((source, index) => source === sources[index])) {
    return known.catalog;
  }
  const catalog = openCatalog(
    repositories.map((repository) => ({
      text: repository.indexText ?? linesOfRecords(repository.records, repository.location),
      what: repository.location,
    })),
  );
  adoptCatalog(sources, catalog);
  return catalog;
}

/** Has the catalog found again for these sources. */
export function adoptCatalog(sources: readonly object[], catalog: Catalog): void {
  const [key] = sources;
  if (key !== undefined) catalogs.set(key, { sources, catalog });
}
