import { Count } from "./count";
import { Section } from "./section";

/**
 * Reads the tar of a package's data section as long as it is plain: as nearly all packages are, and as nothing in it is refused or
 * remarked. Where that ends, the engine goes on from the beginning of that entry, with all its rules; so what
 * is plain is decided narrowly, and nothing is decided here that would be an error.
 *
 * One instance reads one section after the other. Sums of contents and of links are left to the engine, whose code for them is the
 * processor's own: it is told where they stand.
 */

let section: Section | null = null;

/**
 * Begins a section whose bytes are written into a window of so many bytes. Returns the address of the window. The rest is what may come
 * at most: headers, bytes of all contents, of a path, of the records of one header and of all.
 */
export function open(
  windowBytes: i32,
  mostEntries: f64,
  mostContentBytes: f64,
  mostPathBytes: f64,
  mostPaxBytes: f64,
  mostAllPaxBytes: f64,
): usize {
  heap.reset();
  const count = new Count(
    mostEntries as i64,
    mostContentBytes as i64,
    mostPathBytes as i64,
    mostPaxBytes as i64,
    mostAllPaxBytes as i64,
  );
  const opened = new Section(windowBytes, count);
  section = opened;
  return opened.window;
}

/** Reads so many bytes of the window, none of a content that has begun. False when it stops: at {@link stopAt} begins what is not plain. */
export function read(bytes: i32): bool {
  return section!.read(bytes);
}

/** So many bytes of content went by. */
export function skip(bytes: f64): void {
  section!.content.left -= bytes as i64;
}

/** Bytes of the present file's content that are still to come: they are not for the window, but for {@link skip}. */
export function contentLeft(): f64 {
  return section!.content.left as f64;
}

/** And of what fills its last block. */
export function paddingLeft(): i32 {
  return section!.content.padding;
}

/** Bytes before the window of a head that is not complete. */
export function carried(): i32 {
  return section!.carriedBytes;
}

/** The end of the tar has come. */
export function hasEnded(): bool {
  return section!.hasEnded;
}

export function stopAt(): usize {
  return section!.stop;
}

/** What was written of rows since {@link read} was called. */
export function rowsStart(): usize {
  return section!.rows.start;
}

export function rowsEnd(): usize {
  return section!.rows.end;
}

/** Where it is listed what is to be hashed, as `Content` says. */
export function partsStart(): usize {
  return section!.content.parts;
}

export function partsCount(): i32 {
  return section!.content.partsCount;
}

/** What has come of headers, of contents and of records. */
export function headersSoFar(): f64 {
  return section!.count.entries as f64;
}

export function contentSoFar(): f64 {
  return section!.count.contentBytes as f64;
}

export function paxSoFar(): f64 {
  return section!.count.paxBytes as f64;
}
