import { createHash, hash } from "node:crypto";
import { encodeTarHeader, tarEnd, tarPadding } from "@apkmill/archive";
import { requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
import type { PackageEntry } from "../stored-package.ts";
import { ByteStream } from "./byte-stream.ts";
import {
  cut,
  dataBlock,
  fileHeaderBytes,
  readBlockHeader,
  requireFileHeader,
  requireZeros,
  type BlockHeader,
} from "./container.ts";
import { parseAdbHead, type AdbHead } from "./package-head.ts";
import type { AdbContent, AdbItem } from "./package-items.ts";
import { malformedAdb, type Subject } from "./subject.ts";
import { unwrapStream } from "./unwrap-stream.ts";

/** A v3 package of which the head has been read, and nothing has been judged. */
export interface AdbPackage {
  readonly head: AdbHead;
  /**
   * The items of the head as a tar, in one pass that holds every content against its SHA-256 and the file against its own
   * form up to its last byte. Collects into `entries` what it has passed on.
   * @throws ApkError APK_FILE_HASH, APK_FORMAT, APK_UNSAFE_PATH · CoreError LIMIT_EXCEEDED
   */
  tar(items: readonly AdbItem[], entries: PackageEntry[]): AsyncGenerator<Uint8Array>;
  /** Lets go of the source. */
  close(): Promise<void>;
}

/** Reads the head of a v3 package. Close it also when that fails. @throws ApkError APK_… · CoreError LIMIT_EXCEEDED */
export async function openAdbPackage(
  source: AsyncIterable<Uint8Array>,
  { what, limits }: { readonly what: string; readonly limits: Limits },
): Promise<AdbPackage> {
  const subject: Subject = { kind: "APK", what };
  const unpack = { limitBytes: limits.dataBytes, ratio: limits.unpackRatio };
  const stream = new ByteStream(unwrapStream(source, subject, unpack), () => cut(subject));
  try {
    const { raw, next } = await readHead(stream, limits, subject);
    const head = parseAdbHead(raw, limits, what);
    const contents = new Contents(stream, next, subject);
    return {
      head,
      tar: (items, entries) => encodeTar(items, contents, entries),
      close: () => stream.close(),
    };
  } catch (error) {
    await stream.close();
    throw error;
  }
}

/** Everything up to the first content, and the header of that, if there is one. */
async function readHead(
  stream: ByteStream,
  limits: Limits,
  subject: Subject,
): Promise<{ readonly raw: Buffer; readonly next: BlockHeader | undefined }> {
  const parts = [await stream.read(fileHeaderBytes)];
  requireFileHeader(Buffer.concat(parts), subject);
  while (!(await stream.isAtEnd())) {
    const header = await readBlockHeader(stream, subject);
    if (header.type === dataBlock) return { raw: Buffer.concat(parts), next: header };
    const headBytes = stream.position + header.payloadBytes;
    requireWithin(`${subject.what}: size of the metadata`, headBytes, limits.headerBytes, "headerBytes");
    parts.push(header.raw, await stream.read(header.payloadBytes + header.fillBytes));
  }
  return { raw: Buffer.concat(parts), next: undefined };
}

async function* encodeTar(
  items: readonly AdbItem[],
  contents: Contents,
  entries: PackageEntry[],
): AsyncGenerator<Uint8Array> {
  const sums = new Map<string, string>();
  for (const { entry, content } of items) {
    yield encodeTarHeader(entry);
    let sha1 = entry.type === "symlink" ? hash("sha1", entry.linkPath) : (sums.get(entry.linkPath) ?? "");
    if (content !== undefined) {
      sha1 = yield* contents.read(entry.path, entry.sizeBytes, content);
      yield tarPadding(entry.sizeBytes);
      sums.set(entry.path, sha1);
    } else if (entry.type === "hardlink") sums.set(entry.path, sha1);
    entries.push({ ...entry, sha1, sha256: content?.sha256 ?? "" });
  }
  await contents.requireEnd();
  yield tarEnd;
}

/** The contents of files: one block for each regular file that is not empty, in the order of the metadata. */
class Contents {
  readonly #stream: ByteStream;
  readonly #subject: Subject;
  /** The header of the next block, where it has been read already. */
  #next: BlockHeader | undefined;

  constructor(stream: ByteStream, next: BlockHeader | undefined, subject: Subject) {
    this.#stream = stream;
    this.#next = next;
    this.#subject = subject;
  }

  /** Passes on the content of one file; returns its SHA-1. */
  async *read(path: string, sizeBytes: number, content: AdbContent): AsyncGenerator<Uint8Array, string> {
    const [sha1, sha256] = [createHash("sha1"), createHash("sha256")];
    if (sizeBytes > 0) {
      const { fillBytes } = await this.#openBlock(path, sizeBytes, content);
      for await (const part of this.#stream.pass(sizeBytes)) {
        sha1.update(part);
        sha256.update(part);
        yield part;
      }
      requireZeros(await this.#stream.read(fillBytes), this.#subject);
    }
    const found = sha256.digest("hex");
    if (found !== content.sha256) throw this.#wrongContent(path, content.sha256, found);
    return sha1.digest("hex");
  }

  /** @throws ApkError APK_FORMAT when there is more in the file */
  async requireEnd(): Promise<void> {
    if (this.#next === undefined && (await this.#stream.isAtEnd())) return;
    throw malformedAdb(this.#subject, "there is content behind that of its last file");
  }

  async #openBlock(path: string, sizeBytes: number, content: AdbContent): Promise<BlockHeader> {
    const header = this.#next ?? (await readBlockHeader(this.#stream, this.#subject));
    this.#next = undefined;
    if (header.type !== dataBlock || header.payloadBytes !== placeBytes + sizeBytes) {
      throw malformedAdb(this.#subject, `expected a block with the ${String(sizeBytes)} bytes of ${path}`);
    }
    const place = await this.#stream.read(placeBytes);
    if (place.readUInt32LE(0) === content.directory && place.readUInt32LE(4) === content.file) return header;
    throw malformedAdb(this.#subject, `expected the content of ${path}, found that of another file`);
  }

  #wrongContent(path: string, expected: string, found: string): ApkError {
    const { what } = this.#subject;
    return new ApkError("APK_FILE_HASH", `${what}: ${path}: expected SHA-256 ${expected}, found ${found}`, {
      hint: "fetch the package again; if it stays so, its source was changed or tampered with",
      context: { package: what },
    });
  }
}

/** Slots of directory and file. */
const placeBytes = 8;
