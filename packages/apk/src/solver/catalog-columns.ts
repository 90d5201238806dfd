import { crc32 } from "node:zlib";
import { append } from "@apkmill/core";
import type { Catalog, Items } from "./catalog.ts";
import type { IntLists } from "./lists.ts";
import { NameTable } from "./name-table.ts";

/**
 * A catalog as bytes, to be kept in a store: reading two full indexes of a distribution into a catalog takes ten times as long as
 * reading the catalog back.
 *
 * Layout: integers of 32 bits as this machine has them: magic, CRC-32 of all that follows it, the number of names, then the
 * length of each column; then the columns; then the text.
 */

/** Reads as another number on a machine with the other order of bytes. */
const magic = 0x61706b31;
const [magicAt, crcAt, namesAt, lengthsAt] = [0, 1, 2, 3];

/** Pieces that make up the kept form, one behind the other. */
export function encodeCatalog(catalog: Catalog): Uint8Array[] {
  const columns = columnsOf(catalog);
  const header = new Int32Array(lengthsAt + columns.length + 1);
  header[magicAt] = magic;
  header[namesAt] = catalog.names.size;
  [...columns, catalog.text].forEach((column, index) => (header[lengthsAt + index] = column.length));
  const pieces = [header, ...columns].map(
    (column) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength),
  );
  const behindHeader = [...pieces.slice(1), catalog.text];
  const crcOfHeader = crc32(new Uint8Array(header.buffer).subarray(namesAt * 4));
  header[crcAt] = behindHeader.reduce((crc, piece) => crc32(piece, crc), crcOfHeader) | 0;
  return [...pieces.slice(0, 1), ...behindHeader];
}

/** The catalog in the kept form, or undefined where the bytes are damaged or of another machine. They stay part of the catalog. */
export function decodeCatalog(bytes: Buffer): Catalog | undefined {
  if (bytes.byteOffset % 4 !== 0 || bytes.length < columnCount * 4) return undefined;
  const integers = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  if (integers[magicAt] !== magic || (crc32(bytes.subarray(namesAt * 4)) | 0) !== integers[crcAt]) return undefined;
  const lengths = integers.subarray(lengthsAt, lengthsAt + columnCount + 1);
  let at = lengthsAt + lengths.length;
  const columns = Array.from(lengths.subarray(0, -1), (length) => integers.subarray(at, (at += length)));
  return catalogOfColumns(columns, bytes.subarray(at * 4), integers[namesAt] ?? 0);
}

const none = new Int32Array(0);

function columnsOf({ sources, names, fields, repeats, entries, providers, depends, installIf }: Catalog): Int32Array[] {
  const { entries: nameEntries, slots } = names.columns();
  const { start, version, arch, identity, priority, unreadable } = fields;
  return [
    ...[sources.text, sources.package, nameEntries, slots],
    ...[start, version, arch, identity, priority, unreadable],
    Int32Array.from([...repeats].flatMap(([first, others]) => others.flatMap((other) => [first, other]))),
    ...[...itemColumns(entries), ...listColumns(providers)],
    ...[...itemColumns(depends), ...listColumns(depends.byName)],
    ...[...itemColumns(installIf), ...listColumns(installIf.dependants)],
  ];
}

const columnCount = 29;

function itemColumns(items: Items): Int32Array[] {
  return [items.first, items.package, items.name, items.at];
}

function listColumns({ first, values }: IntLists): Int32Array[] {
  return [first, values];
}

/** The inverse of {@link columnsOf}: `size` is the number of names. */
export function catalogOfColumns(columns: readonly Int32Array[], text: Buffer, size: number): Catalog {
  let next = 0;
  const take = (): Int32Array => columns[next++] ?? none;
  const items = (): Items => ({ first: take(), package: take(), name: take(), at: take() });
  const lists = (): IntLists => ({ first: take(), values: take() });
  return {
    text,
    sources: { text: take(), package: take() },
    names: new NameTable(text, { size, entries: take(), slots: take() }),
    fields: {
      start: take(),
      version: take(),
      arch: take(),
      identity: take(),
      priority: take(),
      unreadable: take(),
    },
    repeats: repeatsOf(take()),
    entries: items(),
    providers: lists(),
    depends: { ...items(), byName: lists() },
    installIf: { ...items(), dependants: lists() },
  };
}

function repeatsOf(pairs: Int32Array): Map<number, number[]> {
  const repeats = new Map<number, number[]>();
  for (let at = 0; at < pairs.length; at += 2) {
    append(repeats, pairs[at] ?? 0, pairs[at + 1] ?? 0);
  }
  return repeats;
}
