import { defaultLimits, requireWithin, type Limits } from "@apkmill/core";
import { ArchiveError } from "./archive-error.ts";
import type { TarEntry } from "./tar-entry.ts";
import { decodeLongName, decodePax, entryOf, type Extensions } from "./tar-extensions.ts";
import { blockBytes, decodeHeader, isZero, type RawHeader, type TarDialect } from "./tar-header.ts";

/** Called in archive order, synchronously, from `push`. Chunks of content are views: copy what must outlive the call. */
export interface TarHandler {
  onEntry(entry: TarEntry): void;
  onContent(chunk: Buffer): void;
  /** The content of the entry last announced is complete; called for empty ones and directories too. */
  onEnd(): void;
  /**
   * Something has come that is read here, but that some readers of tar refuse: `what` names it. Of an entry it comes after
   * `onEntry`. For who hands the archive on as it is.
   */
  onOddity?(what: string): void;
}

export interface TarScanner {
  push(chunk: Uint8Array): void;
  /** No more input. True when the archive had its end blocks. @throws ArchiveError ARCHIVE_TAR_TRUNCATED inside an entry */
  end(): boolean;
}

/** How far a tar was read by somebody else, up to the beginning of an entry, or into one that does not go on. */
export interface TarProgress {
  /** Headers of every kind. */
  readonly entries: number;
  /** Of all contents, as their headers say. */
  readonly totalBytes: number;
  /** Of all extension headers. */
  readonly extensionBytes: number;
  /** What of an entry is still to come. */
  readonly contentBytes: number;
  readonly paddingBytes: number;
  /** Its end has come. */
  readonly ended: boolean;
}

export interface TarOptions {
  /** Where the input begins, when not with the archive. */
  readonly from?: TarProgress;
  readonly limits?: Limits;
  /** Names the archive in messages. */
  readonly what?: string;
  readonly dialect?: TarDialect;
}

/**
 * A tar reader that is pushed: no promise and no copy for an entry, as a package may hold a hundred thousand of them.
 *
 * The archive ends with the input or with a block of zeros, after which only zeros may follow: what stands behind the
 * end is read by no installer, but would be part of a layer and its digest.
 */
export function createTarScanner(handler: TarHandler, options: TarOptions = {}): TarScanner {
  return new Scanner(handler, options);
}

const beginning: TarProgress = {
  entries: 0,
  totalBytes: 0,
  extensionBytes: 0,
  contentBytes: 0,
  paddingBytes: 0,
  ended: false,
};

class Scanner implements TarScanner {
  readonly #handler: TarHandler;
  readonly #context: { readonly dialect: TarDialect; readonly what: string; readonly limits: Limits };
  /** A header that began in an earlier chunk. */
  readonly #pending = Buffer.alloc(blockBytes);
  #pendingBytes = 0;
  /** Content of the present entry still to come, and the padding after it. */
  #contentBytes: number;
  #paddingBytes: number;
  /** Set while the content is an extension header's: its name and what has come of it. */
  #extension: { readonly typeFlag: string; readonly chunks: Buffer[] } | undefined;
  #extensions: Extensions = {};
  #inEntry = false;
  #ended: boolean;
  #entries: number;
  #totalBytes: number;
  /** Of all extension headers: names and attributes are what readers keep in memory. */
  #extensionBytes: number;

  constructor(
    handler: TarHandler,
    { limits = defaultLimits, what = "tar", dialect = "any", from = beginning }: TarOptions,
  ) {
    this.#handler = handler;
    this.#context = { dialect, what, limits };
    this.#entries = from.entries;
    this.#totalBytes = from.totalBytes;
    this.#extensionBytes = from.extensionBytes;
    this.#contentBytes = from.contentBytes;
    this.#paddingBytes = from.paddingBytes;
    this.#ended = from.ended;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#ended) offset = this.#requireZeros(bytes, offset);
      else if (this.#contentBytes > 0) offset = this.#takeContent(bytes, offset);
      else if (this.#paddingBytes > 0) offset = this.#skipPadding(bytes, offset);
      else offset = this.#takeHeader(bytes, offset);
    }
  }

  end(): boolean {
    const { what } = this.#context;
    if (this.#contentBytes > 0 || this.#paddingBytes > 0 || this.#pendingBytes > 0) {
      throw new ArchiveError("ARCHIVE_TAR_TRUNCATED", `${what}: the tar ends inside an entry`, {
        hint: "fetch the file again; it is cut short",
      });
    }
    if (Object.keys(this.#extensions).length > 0) {
      throw new ArchiveError("ARCHIVE_TAR_TRUNCATED", `${what}: the tar ends after an extension header`);
    }
    return this.#ended;
  }

  #requireZeros(bytes: Buffer, offset: number): number {
    if (isZero(bytes.subarray(offset))) return bytes.length;
    throw new ArchiveError("ARCHIVE_TAR_TRAILING", `${this.#context.what}: data after the end of the tar`);
  }

  #takeContent(bytes: Buffer, offset: number): number {
    const end = Math.min(bytes.length, offset + this.#contentBytes);
    const piece = offset === 0 && end === bytes.length ? bytes : bytes.subarray(offset, end);
    this.#contentBytes -= end - offset;
    if (this.#extension === undefined) this.#handler.onContent(piece);
    else this.#extension.chunks.push(Buffer.from(piece));
    if (this.#contentBytes === 0) this.#finishContent();
    return end;
  }

  #skipPadding(bytes: Buffer, offset: number): number {
    const end = Math.min(bytes.length, offset + this.#paddingBytes);
    this.#paddingBytes -= end - offset;
    return end;
  }

  #takeHeader(bytes: Buffer, offset: number): number {
    if (this.#pendingBytes === 0 && bytes.length - offset >= blockBytes) {
      this.#header(bytes.subarray(offset, offset + blockBytes));
      return offset + blockBytes;
    }
    const end = Math.min(bytes.length, offset + blockBytes - this.#pendingBytes);
    bytes.copy(this.#pending, this.#pendingBytes, offset, end);
    this.#pendingBytes += end - offset;
    if (this.#pendingBytes === blockBytes) {
      this.#pendingBytes = 0;
      this.#header(this.#pending);
    }
    return end;
  }

  #header(block: Buffer): void {
    const { dialect, what, limits } = this.#context;
    const header = decodeHeader(block, dialect, what);
    if (header === undefined) {
      this.#ended = true;
      return;
    }
    this.#entries += 1;
    requireWithin(`${what}: entries`, this.#entries, limits.entries, "entries");
    if (isExtension(header)) this.#beginExtension(header);
    else this.#beginEntry(header);
  }

  #beginExtension(header: RawHeader): void {
    const { dialect, what, limits } = this.#context;
    requireWithin(`${what}: size of an extension header`, header.sizeBytes, limits.paxBytes, "paxBytes");
    if (dialect === "apk" && header.typeFlag === "K") {
      throw new ArchiveError("ARCHIVE_TAR_AMBIGUOUS", `${what}: GNU long link target, which apk does not read`);
    }
    this.#extensionBytes += header.sizeBytes;
    requireWithin(`${what}: size of all extension headers`, this.#extensionBytes, limits.headerBytes, "headerBytes");
    this.#extension = { typeFlag: header.typeFlag, chunks: [] };
    this.#expect(header.sizeBytes);
    if (header.sizeBytes === 0) this.#finishContent();
  }

  #beginEntry(header: RawHeader): void {
    const entry = entryOf(header, this.#extensions, this.#context);
    this.#extensions = {};
    this.#countContent(entry.sizeBytes);
    this.#inEntry = true;
    this.#handler.onEntry(entry);
    if (header.typeFlag === contiguous) this.#handler.onOddity?.(`the contiguous file ${entry.path}`);
    this.#expect(entry.sizeBytes);
    if (entry.sizeBytes === 0) this.#finishContent();
  }

  #countContent(sizeBytes: number): void {
    const { what, limits } = this.#context;
    this.#totalBytes += sizeBytes;
    requireWithin(`${what}: unpacked size`, this.#totalBytes, limits.dataBytes, "dataBytes");
  }

  #expect(sizeBytes: number): void {
    this.#contentBytes = sizeBytes;
    this.#paddingBytes = (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
  }

  #finishContent(): void {
    if (this.#extension !== undefined) this.#keepExtension(this.#extension.typeFlag, this.#extension.chunks);
    else if (this.#inEntry) this.#handler.onEnd();
    this.#extension = undefined;
    this.#inEntry = false;
  }

  #keepExtension(typeFlag: string, chunks: readonly Buffer[]): void {
    const { what, dialect } = this.#context;
    const content = Buffer.concat(chunks);
    if (dialect === "apk" && typeFlag !== "g" && Object.keys(this.#extensions).length > 0) {
      throw new ArchiveError("ARCHIVE_TAR_AMBIGUOUS", `${what}: two extension headers for one entry`);
    }
    if (typeFlag === "x") this.#extensions.pax = decodePax(content, what);
    else if (typeFlag === "L") this.#extensions.longPath = decodeLongName(content, what);
    else if (typeFlag === "K") this.#extensions.longLink = decodeLongName(content, what);
    // "g": records for the whole archive; git writes its commit there. apk and Docker skip them, umoci refuses the archive.
    else this.#handler.onOddity?.("a PAX header for the whole archive");
  }
}

/** The type of a file that is to lie in one piece (POSIX.1-1988): a file like any other to most readers, to Go's unpackers none. */
const contiguous = "7";

function isExtension({ typeFlag }: RawHeader): boolean {
  return typeFlag === "x" || typeFlag === "g" || typeFlag === "L" || typeFlag === "K";
}
