import { digestOf, hexOf, type Digest, type Limits, type Ports } from "@apkmill/core";
import { hasCode } from "./format-error.ts";
import { decodeCatalog, encodeCatalog } from "./solver/catalog-columns.ts";
import { adoptCatalog } from "./solver/catalogs.ts";
import { CatalogBuilder, openCatalog } from "./solver/catalog-builder.ts";
import type { Catalog } from "./solver/catalog.ts";

/** A v2 index of one of the repositories that are resolved together. */
export interface NamedIndex {
  /** Names it in messages, and its place in the store. */
  readonly what: string;
  /** Of the whole file. */
  readonly digest: Digest;
  readonly statedBytes: number;
  readonly streamText: (take: (piece: Buffer) => void) => Promise<void>;
  /** The text at once. */
  readonly readText: () => Buffer;
}

/** The text of the index at a position. */
export type TextAt = (position: number) => Buffer;

const catalogKind = "catalog.v1";
const stateBytes = 32;

/** Smaller indexes are read as fast as a catalog of them, and change often: every build writes its own. */
const smallBytes = 64 * 1024;

/**
 * The texts of v2 indexes that are resolved together. While none of them changes, nothing of them is unpacked before somebody asks, and
 * that happens once: then what a resolver makes of them is kept in the store, one catalog for each set of places. The first time, it
 * only notes that it has read them: most are asked one thing, whose answer is kept as well, and a catalog is larger than what
 * a build has to carry from run to run.
 * @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT · CoreError LIMIT_EXCEEDED
 */
export async function readIndexTexts(
  { store, limits }: Pick<Ports, "store" | "limits">,
  indexes: readonly NamedIndex[],
): Promise<TextAt> {
  const key = indexes.map(({ what }) => what).join("\n");
  const state = Buffer.from(hexOf(digestOf(indexes.map(({ digest }) => digest).join("\n"))), "hex");
  if (store.derived(catalogKind, key, stateBytes)?.equals(state) === true) {
    const loadKept = (): Catalog => {
      const kept = decodeCatalog(store.derived(catalogKind, key)?.subarray(stateBytes) ?? Buffer.alloc(0));
      if (kept !== undefined) return kept;
      const catalog = readNow(indexes, limits);
      store.keepDerived(catalogKind, key, [state, ...encodeCatalog(catalog)]);
      return catalog;
    };
    return textsOf(loadKept, indexes.length);
  }
  const catalog = await readStreamed(indexes, limits);
  if (catalog.text.length > smallBytes) store.keepDerived(catalogKind, key, [state]);
  return textsOf(() => catalog, indexes.length);
}

/** Reads the texts one after the other while they are unpacked. */
async function readStreamed(indexes: readonly NamedIndex[], limits: Limits): Promise<Catalog> {
  const sizeBytes = indexes.reduce((sum, { statedBytes }) => sum + statedBytes, 0);
  const builder = new CatalogBuilder({ sizeBytes, count: indexes.length, limits });
  try {
    for (const { what, streamText } of indexes) {
      builder.begin(what);
      await streamText((piece) => {
        builder.append(piece);
      });
      builder.end();
    }
  } catch (error) {
    // An index of several gzip members says less than is in it, or ends early: it is read as a whole, and refused if it is wrong.
    if (!hasCode(error, "INDEX_FORMAT")) throw error;
    return readNow(indexes, limits);
  }
  return builder.catalog();
}

function readNow(indexes: readonly NamedIndex[], limits: Limits): Catalog {
  return openCatalog(
    indexes.map(({ what, readText }) => ({ what, text: readText() })),
    limits,
  );
}

/** The parts of the joint text; a search over them finds the catalog again. */
function textsOf(load: () => Catalog, count: number): TextAt {
  let texts: readonly Buffer[] | undefined;
  return (position) => {
    texts ??= splitText(load(), count);
    return texts[position] ?? Buffer.alloc(0);
  };
}

function splitText(catalog: Catalog, count: number): Buffer[] {
  const { text } = catalog.sources;
  const texts = Array.from({ length: count }, (_, index) => catalog.text.subarray(text[index], text[index + 1]));
  adoptCatalog(texts, catalog);
  return texts;
}
