import { createHash } from "node:crypto";
import { gunzip, type GunzipOptions } from "@apkmill/archive";
import { digestFromHex, requireWithin, type Digest, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { createDataScan, type DataScan } from "./data-scan.ts";
import { asFormatError, hasCode, inFormat } from "./format-error.ts";
import { parsePackageHead, type PackageHead } from "./package-head.ts";
import type { DataFacts } from "./stored-package.ts";

/** Where the compressed data section goes while it is read. */
export interface DataSink {
  write(chunk: Uint8Array): Promise<void>;
  /** All bytes are written. @throws ApkError APK_DATA_HASH when they are not `dataHash` */
  settle(dataHash: Digest): Promise<void>;
  abort(): Promise<void>;
}

export interface PackageReadOptions {
  /** Names the package in messages. */
  readonly what: string;
  readonly limits: Limits;
  /** Size of the whole file, to choose buffers by. */
  readonly sizeHintBytes: number;
  readonly sink: DataSink;
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
 * @throws ApkError APK_… · CoreError LIMIT_EXCEEDED · what `source`, `sink` and `requireHead` throw
 */
export async function readPackage(
  source: AsyncIterable<Uint8Array>,
  { what, limits, sizeHintBytes, sink, requireHead }: PackageReadOptions,
): Promise<ReadPackage> {
  const input = source[Symbol.asyncIterator]();
  try {
    const { head, rest } = await readHead(input, limits, what);
    requireHead(head);
    const dataHash = digestFromHex(head.control.dataHash);
    const data = new DataTee(input, rest, sink);
    const options = { what, limitBytes: limits.dataBytes, ratio: limits.unpackRatio, sizeHintBytes: 4 * sizeHintBytes };
    const contents = await scanData(data, createDataScan(limits, what), dataHash, options);
    await sink.settle(dataHash);
    return { head, contents, dataSizeBytes: data.sizeBytes };
  } catch (error) {
    await sink.abort();
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
    requireWithin(`${what}: size of the sections before the data`, bytes.length, 2 * limits.controlBytes);
    if (ended) throw new ApkError("APK_FORMAT", `${what}: the file ends before its data section`);
  }
}

/**
 * A data section that does not read as one is most often a changed one: then the hash says so, and that is the error.
 */
async function scanData(data: DataTee, scan: DataScan, dataHash: Digest, options: GunzipOptions): Promise<DataFacts> {
  try {
    for await (const chunk of gunzip(data, options)) scan.push(chunk);
    return scan.finish();
  } catch (error) {
    if (hasCode(error, "LIMIT_EXCEEDED")) throw error;
    await data.drain();
    if (data.failure === undefined) await data.sink.settle(dataHash);
    throw error;
  }
}

/** The rest of the input, on its way to the inflater; every chunk goes to the sink as well. */
class DataTee implements AsyncIterable<Uint8Array> {
  readonly sink: DataSink;
  readonly #input: AsyncIterator<Uint8Array>;
  #first: Buffer | undefined;
  /** Bytes of the section seen so far. */
  sizeBytes = 0;
  /** What the input or the sink threw; there is nothing to drain then. */
  failure: unknown;

  constructor(input: AsyncIterator<Uint8Array>, first: Buffer, sink: DataSink) {
    this.#input = input;
    this.#first = first;
    this.sink = sink;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) {
        // The sink writes while zlib works on the same chunk.
        const written = this.sink.write(chunk);
        written.catch(() => undefined);
        try {
          yield chunk;
        } finally {
          await written;
        }
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** Hands what the inflater did not ask for to the sink. */
  async drain(): Promise<void> {
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) await this.sink.write(chunk);
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.failure !== undefined) return undefined;
    let chunk: Uint8Array | undefined = this.#first;
    this.#first = undefined;
    if (chunk === undefined || chunk.byteLength === 0) {
      const next = await this.#input.next();
      chunk = next.done === true ? undefined : next.value;
    }
    this.sizeBytes += chunk?.byteLength ?? 0;
    return chunk;
  }
}

/** A sink that keeps nothing but the hash. */
export function hashingSink(what: string): DataSink {
  const sum = createHash("sha256");
  return {
    write: (chunk) => {
      sum.update(chunk);
      return Promise.resolve();
    },
    settle: (dataHash) => {
      const isSame = `sha256:${sum.digest("hex")}` === dataHash;
      return isSame ? Promise.resolve() : Promise.reject(dataHashError(what, dataHash));
    },
    abort: () => Promise.resolve(),
  };
}

/** The error for a data section that is not the one its signed control section names. */
export function dataHashError(what: string, expected: Digest, cause?: unknown): ApkError {
  return new ApkError(
    "APK_DATA_HASH",
    `${what}: the data section is not the one that its datahash names (${expected})`,
    {
      hint: "fetch the package again; if it stays so, its source was changed or tampered with",
      context: { package: what },
      cause,
    },
  );
}
