import { createHash, hash, type Hash } from "node:crypto";
import type { TarEntry, TarHandler } from "@apkmill/archive";
import { ApkError } from "./apk-error.ts";
import { requireSum } from "./file-sum.ts";
import { createPayloadRules, isInstalledPath, type PayloadRules } from "./payload-rules.ts";
import type { PackageEntry } from "./stored-package.ts";

/** The PAX record in which a package states the SHA-1 of a file's content or of a symbolic link's target. */
export const checksumRecord = "APK-TOOLS.checksum.SHA1";

/** Collects the entries of a data section, each held against the rules of packages. */
export class EntryCollector implements TarHandler {
  readonly collected: PackageEntry[] = [];
  /** The first. */
  oddity: string | undefined;
  readonly #what: string;
  readonly #before: () => readonly PackageEntry[];
  /** Undefined until the first entry is collected. */
  #rules: PayloadRules | undefined;
  /** SHA-1 of files and links so far, which hard links inherit. */
  readonly #sums = new Map<string, string>();
  #entry: TarEntry | undefined;
  #content: ContentSum | undefined;

  /** For what stands behind other entries of the section, which have been judged; they are asked for when one comes. */
  constructor(what: string, before: () => readonly PackageEntry[]) {
    this.#what = what;
    this.#before = before;
  }

  onEntry(entry: TarEntry): void {
    this.#rules ??= this.#openRules();
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

  #openRules(): PayloadRules {
    const rules = createPayloadRules(this.#what);
    for (const entry of this.#before()) {
      rules.require(entry);
      if (entry.sha1 !== "") this.#sums.set(entry.path, entry.sha1);
    }
    return rules;
  }

  #linkSum(entry: TarEntry): string {
    if (entry.type === "symlink") return hash("sha1", entry.linkPath);
    return entry.type === "hardlink" ? (this.#sums.get(entry.linkPath) ?? "") : "";
  }

  #requireSum(entry: TarEntry, actual: string): void {
    if (!isInstalledPath(entry.path) || actual === "") return;
    const stated = entry.pax.get(checksumRecord);
    if (stated !== undefined) requireSum(this.#what, entry.path, stated, actual);
    // apk 3 refuses such a file; links need no record of their own.
    else if (entry.type === "file") {
      throw new ApkError("APK_FORMAT", `${this.#what}: ${entry.path} has no ${checksumRecord} record`, {
        hint: "build the package again with a current tool",
        context: { package: this.#what },
      });
    }
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
