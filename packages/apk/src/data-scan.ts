import { createHash } from "node:crypto";
import { createTarScanner, type TarScanner } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import { dataFactsJson, decodeRows, encodeEntry } from "./data-facts.ts";
import { EntryCollector } from "./entry-collector.ts";
import { PlainScan } from "./plain-scan.ts";

/** Takes the inflated data section chunk by chunk; `finish` gives what it learned. */
export interface DataScan {
  /** @throws ApkError APK_FILE_HASH, APK_UNSAFE_PATH, APK_FORMAT · ArchiveError · CoreError LIMIT_EXCEEDED */
  push(chunk: Buffer): void;
  /** The JSON of `DataFacts`, as the store keeps it. @throws what `push` throws */
  finish(): string;
  /** To be called at the end, and after any error. */
  close(): void;
}

/**
 * One pass over the tar of a package: the layer's diffID, every entry, and of every file the SHA-1, which must be what the package
 * states. Synchronous, as this is where a cold fetch spends its time; a hash that nobody has stated would be an eighth of it.
 */
export function createDataScan(limits: Limits, what: string): DataScan {
  const diffId = createHash("sha256");
  const plain = new PlainScan(limits, what);
  let rest: RestScan | undefined;
  let unpackedSizeBytes = 0;
  const readRest = (bytes: Buffer): void => {
    rest ??= new RestScan(plain, limits, what);
    rest.push(bytes);
  };
  return {
    push: (chunk) => {
      diffId.update(chunk);
      unpackedSizeBytes += chunk.length;
      const unread = rest === undefined ? plain.push(chunk) : chunk;
      if (unread !== undefined) readRest(unread);
    },
    finish: () => {
      if (rest === undefined && !plain.isWhole) readRest(plain.incomplete);
      const { rows, oddity } = rest?.end() ?? { rows: [], oddity: undefined };
      const all = [plain.rows, ...rows].filter((some) => some !== "").join(",");
      return dataFactsJson({ diffId: `sha256:${diffId.digest("hex")}`, unpackedSizeBytes, rows: all, oddity });
    },
    close: () => {
      plain.close();
    },
  };
}

/** What comes from the first entry on that is not plain. */
class RestScan {
  readonly #entries: EntryCollector;
  readonly #scanner: TarScanner;

  constructor(plain: PlainScan, limits: Limits, what: string) {
    this.#entries = new EntryCollector(what, () => decodeRows(plain.rows));
    this.#scanner = createTarScanner(this.#entries, { limits, what, dialect: "apk", from: plain.progress });
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  end(): { readonly rows: string[]; readonly oddity: string | undefined } {
    this.#scanner.end();
    const { collected, oddity } = this.#entries;
    return { rows: collected.map((entry) => JSON.stringify(encodeEntry(entry))), oddity };
  }
}
