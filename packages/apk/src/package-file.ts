import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { defaultLimits, isSystemError, reasonOf, requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { inFormat } from "./format-error.ts";
import { parsePackageHead, type PackageHead } from "./package-head.ts";

/** A `.apk` file on disk: its size, and its bytes in large chunks. */
export interface PackageFile {
  readonly sizeBytes: number;
  read(): AsyncIterable<Uint8Array>;
}

const chunkBytes = 1 << 20;
const firstReadBytes = 8 * 1024;

/** Opens a package file for reading. @throws ApkError APK_MISSING */
export async function openPackageFile(path: string): Promise<PackageFile> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!found.isFile()) throw unreadable(path, new Error("not a regular file"));
  return { sizeBytes: found.size, read: () => readChunks(path, found.size) };
}

/** Reads with buffers just larger than the file, because most packages are small; a read that is not filled is the last. */
async function* readChunks(path: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const handle = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    for (let position = 0; ;) {
      const wanted = Math.max(1, Math.min(chunkBytes, sizeBytes - position + 1));
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, position);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      if (bytesRead < wanted) return;
      position += bytesRead;
    }
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(path, cause) : cause;
  } finally {
    await handle.close();
  }
}

/** Reads heads of package files one after the other. What it gives holds views of one buffer, which the next call overwrites. */
export type ReadPackageHead = (path: string) => { readonly head: PackageHead; readonly sizeBytes: number };

/**
 * A reader of heads; as much is read of a file as its head needs, which is nearly always one read. Nothing is verified.
 * Synchronous: one small read costs a tenth of a way through the thread pool, and an index needs thousands of them.
 * The reader throws ApkError APK_FORMAT, APK_CONTROL, APK_UNSUPPORTED, APK_MISSING · CoreError LIMIT_EXCEEDED
 */
export function packageHeadReader(limits: Limits = defaultLimits): ReadPackageHead {
  const firstRead = Buffer.allocUnsafeSlow(firstReadBytes);
  return (path) => {
    const file = openForHead(path);
    try {
      const sizeBytes = fstatSync(file).size;
      for (let wanted = firstReadBytes; ; wanted *= 4) {
        requireWithin(`${path}: size of the sections before the data`, wanted, 8 * limits.controlBytes, "controlBytes");
        const buffer = wanted === firstReadBytes ? firstRead : Buffer.allocUnsafe(Math.min(wanted, sizeBytes));
        const bytes = buffer.subarray(0, readSync(file, buffer, { position: 0 }));
        const head = inFormat("APK_FORMAT", path, () => parsePackageHead(bytes, limits, path));
        if (head !== undefined) return { head, sizeBytes };
        if (wanted >= sizeBytes) throw new ApkError("APK_FORMAT", `${path}: the file ends before its data section`);
      }
    } catch (cause) {
      throw isSystemError(cause) ? unreadable(path, cause) : cause;
    } finally {
      closeSync(file);
    }
  };
}

function openForHead(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): ApkError {
  return new ApkError("APK_MISSING", `cannot read package ${path}: ${reasonOf(cause)}`, {
    cause,
    hint: "check the path of the package",
    context: { path },
  });
}
