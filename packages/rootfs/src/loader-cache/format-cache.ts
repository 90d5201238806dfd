import { compareBytes } from "@apkmill/core";
import type { CachedLibrary } from "./collect-libraries.ts";
import { compareLibraryNames } from "./library-names.ts";

/**
 * The bytes of an `ld.so.cache` in glibc's newer form, which is all that it reads since 2.2: a header, one entry of 24 bytes for each library in
 * the order that the loader searches in, the names, and behind them the list of processors where there is one.
 * Source: glibc, sysdeps/generic/dl-cache.h.
 */
export function formatLoaderCache(libraries: readonly CachedLibrary[], little: boolean): Buffer {
  const sorted = [...libraries].sort(compareLibraries);
  const processors = [...new Set(sorted.flatMap(({ processors: name }) => (name === undefined ? [] : [name])))].sort(
    compareBytes,
  );
  const stringsAt = headerBytes + sorted.length * entryBytes;
  const strings = new Strings(stringsAt);
  const placed = sorted.map((library) => placeNames(strings, library));
  const names = processors.map((name) => strings.add(name));
  const text = strings.bytes();
  const extensionAt = align(stringsAt + text.length);
  const end = processors.length === 0 ? stringsAt + text.length : extensionAt + extensionBytes + 4 * names.length;

  const bytes = Buffer.alloc(end);
  const put = integerWriter(bytes, little);
  bytes.write("glibc-ld.so.cache1.1", "latin1");
  put(20, sorted.length);
  put(24, text.length);
  bytes[28] = little ? 2 : 3;
  for (const [index, { flags, processors: name }] of sorted.entries()) {
    const at = headerBytes + index * entryBytes;
    const { key, value } = placed[index] ?? { key: 0, value: 0 };
    put(at, flags);
    put(at + 4, key);
    put(at + 8, value);
    if (name !== undefined) putLong(put, at + 16, processors.indexOf(name), little);
  }
  text.copy(bytes, stringsAt);
  if (processors.length > 0) {
    put(32, extensionAt);
    putExtension(put, extensionAt, names);
  }
  return bytes;
}

const headerBytes = 48;
const entryBytes = 24;
/** Header of the extension and of its only section. */
const extensionBytes = 24;
const extensionMagic = 0xeaa42174;
const processorsTag = 1;
/** Bit 62 of an entry's 64: the rest is an index into the list of processors. */
const indexMark = 0x4000_0000;

/** Among those of one name: of a 64-bit machine first, then for newer processors; then as the directories come. */
function compareLibraries(a: CachedLibrary, b: CachedLibrary): number {
  const order = compareLibraryNames(b.soname, a.soname) || b.flags - a.flags;
  if (order !== 0 || a.processors === b.processors) return order;
  if (a.processors === undefined) return 1;
  return b.processors === undefined ? -1 : compareBytes(a.processors, b.processors);
}

/** The text of all names, each with a zero behind it; a name that ends another one is kept in it. */
class Strings {
  readonly #from: number;
  readonly #parts: string[] = [];
  readonly #places = new Map<string, number>();
  #length = 0;

  constructor(from: number) {
    this.#from = from;
  }

  /** Where in the file the text begins. */
  add(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const place = this.#from + this.#length;
    this.#parts.push(text);
    this.#length += Buffer.byteLength(text) + 1;
    this.#places.set(text, place);
    return place;
  }

  bytes(): Buffer {
    return Buffer.from(this.#parts.map((part) => `${part}\0`).join(""));
  }
}

function placeNames(
  strings: Strings,
  { soname, path }: CachedLibrary,
): { readonly key: number; readonly value: number } {
  const value = strings.add(path);
  const isLast = path.endsWith(`/${soname}`);
  return { value, key: isLast ? value + Buffer.byteLength(path) - Buffer.byteLength(soname) : strings.add(soname) };
}

type PutInteger = (at: number, value: number) => void;

function integerWriter(bytes: Buffer, little: boolean): PutInteger {
  return (at, value) => {
    if (little) bytes.writeUInt32LE(value, at);
    else bytes.writeUInt32BE(value, at);
  };
}

function putLong(put: PutInteger, at: number, index: number, little: boolean): void {
  const [low, high] = little ? [at, at + 4] : [at + 4, at];
  put(low, index);
  put(high, indexMark);
}

function putExtension(put: PutInteger, at: number, names: readonly number[]): void {
  put(at, extensionMagic);
  put(at + 4, 1);
  put(at + 8, processorsTag);
  put(at + 16, at + extensionBytes);
  put(at + 20, 4 * names.length);
  for (const [index, name] of names.entries()) put(at + extensionBytes + 4 * index, name);
}

function align(length: number): number {
  return Math.ceil(length / 4) * 4;
}
