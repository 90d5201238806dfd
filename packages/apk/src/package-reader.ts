import { requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { requireDataFacts } from "./data-facts.ts";
import { createDataSection } from "./data-section.ts";
import { asFormatError, inFormat } from "./format-error.ts";
import { parsePackageHead, type PackageHead } from "./package-head.ts";
import type { DataFacts } from "./stored-package.ts";

export interface PackageReadOptions {
  /** Names the package in messages. */
  readonly what: string;
  readonly limits: Limits;
  /** Judges signatures or identity before the data is touched; throws to refuse. */
  readonly requireHead: (head: PackageHead) => void;
}

export interface ReadPackage {
  readonly head: PackageHead;
  readonly contents: DataFacts;
  readonly dataSizeBytes: number;
}

/**
 * Reads one package from beginning to end in one pass: head, judgement on the head, then the data section through its
 * hash, zlib and the tar at once. What is returned is whole: datahash, gzip CRC, every file's SHA-1 have been checked.
 * @throws ApkError APK_… · CoreError LIMIT_EXCEEDED · what `source` and `requireHead` throw
 */
export async function readPackage(
  source: AsyncIterable<Uint8Array>,
  { what, limits, requireHead }: PackageReadOptions,
): Promise<ReadPackage> {
  return withPackageHead(source, { what, limits, requireHead }, async (head, data) => {
    const section = createDataSection({ dataHash: head.control.dataHash, what, limits });
    try {
      for await (const chunk of data) section.push(chunk);
      const { facts, sizeBytes } = section.end();
      return { head, contents: requireDataFacts(JSON.parse(facts)), dataSizeBytes: sizeBytes };
    } finally {
      section.close();
    }
  });
}

/**
 * Reads the head, has it judged, and gives it to `work` with the bytes of the data section. The source is closed at the end.
 * @throws ApkError APK_… · CoreError LIMIT_EXCEEDED · what `source`, `requireHead` and `work` throw
 */
export async function withPackageHead<T>(
  source: AsyncIterable<Uint8Array>,
  { what, limits, requireHead }: PackageReadOptions,
  work: (head: PackageHead, data: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const input = source[Symbol.asyncIterator]();
  try {
    const { head, rest } = await readHead(input, limits, what);
    requireHead(head);
    return await work(head, following(rest, input));
  } catch (error) {
    throw asFormatError("APK_FORMAT", what, error);
  } finally {
    await input.return?.();
  }
}

/** Waits for bytes until the head is whole; each try doubles what it waits for, so that slow input costs no more. */
async function readHead(
  input: AsyncIterator<Uint8Array>,
  limits: Limits,
  what: string,
): Promise<{ readonly head: PackageHead; readonly rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  for (let wanted = 1; ; wanted = bytes.length * 2) {
    const chunks: Uint8Array[] = [bytes];
    let total = bytes.length;
    let ended = false;
    while (total < wanted && !ended) {
      const next = await input.next();
      ended = next.done === true;
      if (next.done !== true) chunks.push(next.value);
      total += next.done === true ? 0 : next.value.byteLength;
    }
    bytes = Buffer.concat(chunks);
    const head = inFormat("APK_FORMAT", what, () => parsePackageHead(bytes, limits, what));
    if (head !== undefined) return { head, rest: bytes.subarray(head.raw.length) };
    requireWithin(
      `${what}: size of the sections before the data`,
      bytes.length,
      2 * limits.controlBytes,
      "controlBytes",
    );
    if (ended) throw new ApkError("APK_FORMAT", `${what}: the file ends before its data section`);
  }
}

/** The rest of the input: what was read too much, then what comes. */
async function* following(first: Buffer, input: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (let next = await input.next(); next.done !== true; next = await input.next()) {
    yield Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
  }
}
