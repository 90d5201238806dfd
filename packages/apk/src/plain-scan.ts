import { createHash, hash, type Hash } from "node:crypto";
import type { TarProgress } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import { requireSum } from "./file-sum.ts";
import { kernelModule, type KernelMemory } from "./kernel.ts";
import { scanCode } from "./plain-scan-code.ts";

/**
 * The tar of a data section, read by the kernel for as long as it is plain (`packages/apk/kernel/scan`): a package has thousands of
 * entries, and JavaScript takes longer over each than all hashes do. What is not plain, someone else reads from there on.
 */
export class PlainScan {
  /** The entries so far: rows of facts in JSON, with commas between them. */
  rows = "";
  readonly #what: string;
  readonly #kernel: ScanKernel;
  readonly #window: number;
  #memory: Buffer;
  #isPlain = true;
  /** Behind what was written into the window. */
  #end = 0;
  /** The file whose content goes on behind the window. */
  #file: LargeFile | undefined;

  constructor(limits: Limits, what: string) {
    this.#what = what;
    this.#kernel = takeKernel();
    const { entries, dataBytes, pathBytes, paxBytes, headerBytes } = limits;
    this.#window = this.#kernel.open(windowBytes, entries, dataBytes, pathBytes, paxBytes, headerBytes);
    this.#memory = Buffer.from(this.#kernel.memory.buffer);
  }

  /**
   * Reads on. Returns what was not read, which begins with the first entry that is not plain; undefined where all was.
   * @throws ApkError APK_FILE_HASH
   */
  push(chunk: Buffer): Buffer | undefined {
    for (let at = 0; at < chunk.length;) {
      const bytes = this.#file === undefined ? this.#read(chunk, at) : this.#pass(chunk, at, this.#file);
      at += bytes;
      if (!this.#isPlain) return this.#unread(chunk.subarray(at));
    }
    return undefined;
  }

  /** True behind an entry, where the tar may end. */
  get isWhole(): boolean {
    return this.#kernel.contentLeft() === 0 && this.#kernel.paddingLeft() === 0 && this.#kernel.carried() === 0;
  }

  /** What has come of a head that is not complete. */
  get incomplete(): Buffer {
    return Buffer.from(this.#memory.subarray(this.#window - this.#kernel.carried(), this.#window));
  }

  /** How far the tar was read. */
  get progress(): TarProgress {
    return {
      entries: this.#kernel.headersSoFar(),
      totalBytes: this.#kernel.contentSoFar(),
      extensionBytes: this.#kernel.paxSoFar(),
      contentBytes: this.#kernel.contentLeft(),
      paddingBytes: this.#kernel.paddingLeft(),
      ended: this.#kernel.hasEnded() !== 0,
    };
  }

  /** To be called at the end, and after any error; nothing may be asked of it then. */
  close(): void {
    giveKernel(this.#kernel);
  }

  /** Has the kernel read what fits into its window; returns how much that was. */
  #read(chunk: Buffer, at: number): number {
    const bytes = Math.min(windowBytes, chunk.length - at);
    this.#end = this.#window + bytes;
    chunk.copy(this.#memory, this.#window, at, at + bytes);
    this.#isPlain = this.#kernel.read(bytes) !== 0;
    // It may have needed more memory, which is elsewhere then.
    if (this.#memory.length === 0) this.#memory = Buffer.from(this.#kernel.memory.buffer);
    this.#takeParts();
    this.rows += this.#memory.toString("latin1", this.#kernel.rowsStart(), this.#kernel.rowsEnd());
    return bytes;
  }

  /** Hashes what the chunk has of a content that is larger than the window; returns how much that was. */
  #pass(chunk: Buffer, at: number, { path, stated, sum }: LargeFile): number {
    const left = this.#kernel.contentLeft();
    const bytes = Math.min(left, chunk.length - at);
    sum.update(chunk.subarray(at, at + bytes));
    this.#kernel.skip(bytes);
    if (bytes === left) {
      requireSum(this.#what, path, stated, sum.digest("hex"));
      this.#file = undefined;
    }
    return bytes;
  }

  #takeParts(): void {
    const start = this.#kernel.partsStart();
    const parts = new Int32Array(this.#memory.buffer, start, this.#kernel.partsCount() * partWidth);
    for (let part = 0; part < parts.length; part += partWidth) {
      const [kind = 0, address = 0, length = 0, row = 0, sumAt = 0] = parts.subarray(part, part + partWidth);
      const content = this.#memory.subarray(address, address + length);
      const stated = this.#memory.toString("latin1", sumAt, sumAt + sumLength);
      if (kind === PartKind.beginningOfFile) {
        this.#file = { path: this.#pathOf(row), stated, sum: createHash("sha1").update(content) };
        continue;
      }
      const sum = hash("sha1", content);
      if (kind === PartKind.otherLink) this.#memory.write(sum, sumAt, "latin1");
      else if (sum !== stated) requireSum(this.#what, this.#pathOf(row), stated, sum);
    }
  }

  /** The first text of a row. Nothing in it is escaped. */
  #pathOf(row: number): string {
    const start = row + '["'.length;
    return this.#memory.toString("latin1", start, this.#memory.indexOf('"', start));
  }

  #unread(rest: Buffer): Buffer {
    return Buffer.concat([this.#memory.subarray(this.#kernel.stopAt(), this.#end), rest]);
  }
}

interface LargeFile {
  readonly path: string;
  readonly stated: string;
  readonly sum: Hash;
}

/** As `kernel/scan/content.ts` has them. */
const PartKind = { file: 0, beginningOfFile: 1, statedLink: 2, otherLink: 3 } as const;
const partWidth = 5;

const sumLength = 40;

/** Larger than nearly all files; a kernel's memory is some ten times as large. */
const windowBytes = 1 << 16;

interface ScanKernel extends KernelMemory {
  open(windowBytes: number, entries: number, content: number, path: number, pax: number, allPax: number): number;
  read(bytes: number): number;
  skip(bytes: number): void;
  contentLeft(): number;
  paddingLeft(): number;
  carried(): number;
  hasEnded(): number;
  stopAt(): number;
  rowsStart(): number;
  rowsEnd(): number;
  partsStart(): number;
  partsCount(): number;
  headersSoFar(): number;
  contentSoFar(): number;
  paxSoFar(): number;
}

const openKernel = kernelModule(scanCode) as () => ScanKernel;

/** One that nobody uses: most sections are small, and to make one takes as long as to read such a section. */
let spare: ScanKernel | undefined;

/** What a section of many entries leaves is given back. */
const mostSpareBytes = 2 * 1024 * 1024;

function takeKernel(): ScanKernel {
  const kernel = spare ?? openKernel();
  spare = undefined;
  return kernel;
}

function giveKernel(kernel: ScanKernel): void {
  if (kernel.memory.buffer.byteLength <= mostSpareBytes) spare = kernel;
}
