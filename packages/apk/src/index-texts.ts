import { digestOf, type Digest, type Ports } from "@apkmill/core";
import { decodeCatalog, encodeCatalog } from "./solver/catalog-columns.ts";
import { adoptCatalog } from "./solver/catalogs.ts";
import { openCatalog, type Catalog } from "./solver/catalog.ts";

/** A v2 index of one of the repositories that are resolved together. */
export interface NamedIndex {
  /** Names it in messages, and its place in the store. */
  readonly what: string;
  /** Of the whole file. */
  readonly digest: Digest;
  readonly readText: () => Promise<Buffer>;
}

const catalogKind = "catalog.v1";

/** Smaller indexes are read as fast as a catalog of them, and change often: every build writes its own. */
const smallBytes = 64 * 1024;

/**
 * The texts of v2 indexes that are resolved together, in their order. What a resolver makes of them is kept in the store, one
 * catalog for each set of places: while none of the indexes changes, nothing of them is unpacked.
 * @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT · CoreError LIMIT_EXCEEDED
 */
export async function readIndexTexts(
  { store, limits }: Pick<Ports, "store" | "limits">,
  indexes: readonly NamedIndex[],
): Promise<readonly Buffer[]> {
  const key = indexes.map(({ what }) => what).join("\n");
  const state = Buffer.from(digestOf(indexes.map(({ digest }) => digest).join("\n")).slice(-64), "hex");
  const kept = catalogOfState(await store.derived(catalogKind, key), state);
  if (kept !== undefined) return textsOf(kept, indexes.length);
  const texts = await Promise.all(indexes.map((index) => index.readText()));
  const catalog = openCatalog(
    texts.map((text, position) => ({ text, what: indexes[position]?.what ?? "index" })),
    limits,
  );
  if (catalog.text.length > smallBytes) await store.keepDerived(catalogKind, key, [state, ...encodeCatalog(catalog)]);
  return textsOf(catalog, indexes.length);
}

/** What is kept begins with a digest of the files that it was made from. */
function catalogOfState(bytes: Buffer | undefined, state: Buffer): Catalog | undefined {
  if (bytes?.subarray(0, state.length).equals(state) !== true) return undefined;
  return decodeCatalog(bytes.subarray(state.length));
}

/** The part of each index in the joint text; a search over them finds the catalog again. */
function textsOf(catalog: Catalog, count: number): Buffer[] {
  const { text } = catalog.sources;
  const texts = Array.from({ length: count }, (_, index) => catalog.text.subarray(text[index], text[index + 1]));
  adoptCatalog(texts, catalog);
  return texts;
}
