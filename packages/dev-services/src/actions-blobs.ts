import { createHash, randomUUID } from "node:crypto";

/**
 * Blob storage in the dialect of Azure that the Actions clients speak: a blob is put whole, or as blocks that a list then joins.
 * Bytes are held in memory: this serves one run on one machine.
 */
export class ActionsBlobs {
  readonly #blobs = new Map<string, Buffer>();
  readonly #types = new Map<string, string>();
  readonly #blocks = new Map<string, Map<string, Buffer>>();
  readonly #mostBytes: number;

  /** @param mostBytes refuse a blob above this size */
  constructor(mostBytes = 2 * 1024 ** 3) {
    this.#mostBytes = mostBytes;
  }

  /** A new name that nobody can guess; knowing it is the permission to write and read. */
  reserve(): string {
    return randomUUID();
  }

  put(name: string, bytes: Buffer): boolean {
    if (bytes.byteLength > this.#mostBytes) return false;
    this.#blobs.set(name, bytes);
    return true;
  }

  putBlock(name: string, blockId: string, bytes: Buffer): void {
    const blocks = this.#blocks.get(name) ?? new Map<string, Buffer>();
    blocks.set(blockId, bytes);
    this.#blocks.set(name, blocks);
  }

  /** Joins blocks in the order of the list, an XML document of `<Latest>` elements. False when a block is missing. */
  commitBlocks(name: string, listXml: string): boolean {
    const ids = Array.from(listXml.matchAll(/<(?:Latest|Uncommitted)>([^<]*)</g), ([, id]) => id ?? "");
    const blocks = this.#blocks.get(name) ?? new Map<string, Buffer>();
    const parts = ids.map((id) => blocks.get(id));
    if (parts.some((part) => part === undefined)) return false;
    this.#blocks.delete(name);
    return this.put(name, Buffer.concat(parts.filter((part) => part !== undefined)));
  }

  /** Remembers what the uploader said that the content is; the artifact client unpacks only what is called a zip. */
  setType(name: string, contentType: string): void {
    this.#types.set(name, contentType);
  }

  typeOf(name: string): string {
    return this.#types.get(name) ?? "application/octet-stream";
  }

  get(name: string): Buffer | undefined {
    return this.#blobs.get(name);
  }

  /** SHA-256 in hex, or undefined when there is no such blob. */
  sha256(name: string): string | undefined {
    const bytes = this.#blobs.get(name);
    return bytes === undefined ? undefined : createHash("sha256").update(bytes).digest("hex");
  }
}
