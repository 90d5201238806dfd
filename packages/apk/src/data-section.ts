import { createHash } from "node:crypto";
import { createPushGunzip } from "@apkmill/archive";
import { digestFromHex, type Digest, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { createDataScan } from "./data-scan.ts";
import { asFormatError, hasCode } from "./format-error.ts";

/** A compressed data section that is pushed from its first byte to its last, and judged on the way. */
export interface DataSection {
  /** @throws CoreError LIMIT_EXCEEDED */
  push(chunk: Buffer): void;
  /** What the section holds, as the JSON of `DataFacts`. @throws ApkError APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, APK_UNSAFE_PATH */
  end(): { readonly facts: string; readonly sizeBytes: number };
  /** To be called at the end, and after any error. */
  close(): void;
}

export interface DataSectionOptions {
  /** What the signed control section names, in hex. */
  readonly dataHash: string;
  /** Names the package in messages. */
  readonly what: string;
  readonly limits: Limits;
}

/**
 * Reads a data section in one pass, in the thread of the caller: its hash, zlib, the tar, every file's hashes.
 *
 * A section that does not read as one is most often a changed one. So the hash goes on to the end, and where it is not the one
 * that is named, that is the error.
 */
export function createDataSection({ dataHash, what, limits }: DataSectionOptions): DataSection {
  const expected = digestFromHex(dataHash);
  const sum = createHash("sha256");
  const scan = createDataScan(limits, what);
  const unpacking = { what, limitBytes: limits.dataBytes, ratio: limits.unpackRatio };
  const gunzip = createPushGunzip((piece) => {
    scan.push(piece);
  }, unpacking);
  let sizeBytes = 0;
  let facts: string | undefined;
  let failure: unknown;

  const attempt = (work: () => void): void => {
    try {
      if (failure === undefined) work();
    } catch (error) {
      if (hasCode(error, "LIMIT_EXCEEDED")) throw error;
      failure = error;
    }
  };
  return {
    push: (chunk) => {
      sizeBytes += chunk.length;
      sum.update(chunk);
      attempt(() => {
        gunzip.push(chunk);
      });
    },
    end: () => {
      attempt(() => {
        gunzip.end();
        facts = scan.finish();
      });
      if (`sha256:${sum.digest("hex")}` !== expected) throw dataHashError(what, expected);
      if (facts === undefined) throw asFormatError("APK_FORMAT", what, failure);
      return { facts, sizeBytes };
    },
    close: () => {
      gunzip.close();
      scan.close();
    },
  };
}

/** The error for a data section that is not the one its signed control section names. */
function dataHashError(what: string, expected: Digest): ApkError {
  return new ApkError(
    "APK_DATA_HASH",
    `${what}: the data section is not the one that its datahash names (${expected})`,
    {
      hint: "fetch the package again; if it stays so, its source was changed or tampered with",
      context: { package: what },
    },
  );
}
