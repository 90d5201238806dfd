import { createHash, hash, type Hash } from "node:crypto";
import { createTarScanner, type TarEntry, type TarHandler } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { createPayloadRules, isInstalledPath } from "./payload-rules.ts";
import type { DataFacts, PackageEntry } from "./stored-package.ts";

/** The PAX record in which a package states the SHA-1 of a file's content or of a symbolic link's target. */
export const checksumRecord = "APK-TOOLS.checksum.SHA1";

/** Takes the inflated data section chunk by chunk; `finish` gives what it learned. */
export interface DataScan {
  /** @throws ApkError APK_FILE_HASH, APK_UNSAFE_PATH, APK_FORMAT · ArchiveError */
  push(chunk: Buffer): void;
  finish(): DataFacts;
}

/**
 * One pass over the tar of a package: the layer's diffID, every entry, and of every file the SHA-1, which must be what the package
 * states. Synchronous, as this is where a cold fetch spends its time; a hash that nobody has stated would be an eighth of it.
 */
export function createDataScan(limits: Limits, what: string): DataScan {
  const diffId = createHash("sha256");
  const entries = new EntryCollector(what);
  const scanner = createTarScanner(entries, { limits, what, dialect: "apk" });
  let unpackedSizeBytes = 0;
  return {
    push: (chunk) => {
      diffId.update(chunk);
      unpackedSizeBytes += chunk.length;
      scanner.push(chunk);
    },
    finish: () => {
      scanner.end();
      const { collected, oddity } = entries;
      const facts = { diffId: `sha256:${diffId.digest("hex")}`, unpackedSizeBytes, entries: collected } as const;
      return oddity === undefined ? facts : { ...facts, oddity };
    },
  };
}

class EntryCollector implements TarHandler {
  readonly collected: PackageEntry[] = [];
  /** The first. */
  oddity: string | undefined;
  readonly #what: string;
  readonly #rules: ReturnType<typeof createPayloadRules>;
  /** SHA-1 of files and links so far, which hard links inherit. */
  readonly #sums = new Map<string, string>();
  #entry: TarEntry | undefined;
  #content: ContentSum | undefined;

  constructor(what: string) {
    this.#what = what;
    this.#rules = createPayloadRules(what);
  }

  onEntry(entry: TarEntry): void {
    this.#rules.require(entry);
    this.#entry = entry;
    this.#content = entry.type === "file" ? new ContentSum(entry.sizeBytes) : undefined;
  }

  onContent(chunk: Buffer): void {
    this.#content?.update(chunk);
  }

  onEnd(): void {
    if (this.#entry === undefined) return;
    const sha1 = this.#content?.hex() ?? this.#linkSum(this.#entry);
    this.#requireSum(this.#entry, sha1);
    if (sha1 !== "") this.#sums.set(this.#entry.path, sha1);
    this.collected.push({ ...this.#entry, pax: noPax, sha1, sha256: "" });
  }

  onOddity(what: string): void {
    this.oddity ??= what;
  }

  #linkSum(entry: TarEntry): string {
    if (entry.type === "symlink") return hash("sha1", entry.linkPath);
    return entry.type === "hardlink" ? (this.#sums.get(entry.linkPath) ?? "") : "";
  }

  #requireSum(entry: TarEntry, actual: string): void {
    const stated = entry.pax.get(checksumRecord);
    if (stated?.toLowerCase() === actual || !isInstalledPath(entry.path) || actual === "") return;
    if (stated === undefined) {
      // apk 3 refuses such a file; links need no record of their own.
      if (entry.type !== "file") return;
      throw new ApkError("APK_FORMAT", `${this.#what}: ${entry.path} has no ${checksumRecord} record`, {
        hint: "build the package again with a current tool",
        context: { package: this.#what },
      });
    }
    throw new ApkError("APK_FILE_HASH", `${this.#what}: ${entry.path}: expected SHA-1 ${stated}, found ${actual}`, {
      hint: "build the package again; its files are not what it says",
      context: { package: this.#what },
    });
  }
}

const noPax: ReadonlyMap<string, string> = new Map();

/** SHA-1 of one file. Most files come in one piece, for which one-shot hashing is several times as fast. */
class ContentSum {
  readonly #sizeBytes: number;
  #whole: string | undefined;
  #running: Hash | undefined;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  update(chunk: Buffer): void {
    if (chunk.length === this.#sizeBytes) {
      this.#whole = hash("sha1", chunk);
      return;
    }
    this.#running ??= createHash("sha1");
    this.#running.update(chunk);
  }

  hex(): string {
    return this.#whole ?? this.#running?.digest("hex") ?? sumOfNothing;
  }
}

const sumOfNothing = hash("sha1", "");
