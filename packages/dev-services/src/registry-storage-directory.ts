import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { compareBytes, isSystemError, writeFileAside } from "@apkmill/core";
import type { Draft, RegistryStorage } from "./registry-storage.ts";

/** Storage in a folder, one file a key, that another run opens again. Like other registries it does not hash what it reads. */
export function openDirectoryStorage(root: string): RegistryStorage {
  const pathOf = (key: string): string => join(root, ...key.split("/").map(encodeURIComponent));
  return {
    get: (key) => orUndefined(readFile(pathOf(key))),
    set: (key, value) => writeFileAside(pathOf(key), value),
    remove: (key) => orUndefined(rm(pathOf(key)).then(() => true)).then((removed) => removed === true),
    list: async (prefix) => {
      const names = (await orUndefined(readdir(pathOf(prefix)))) ?? [];
      return names
        .filter((name) => !name.startsWith(".apkmill-"))
        .map(decodeURIComponent)
        .sort(compareBytes);
    },
    open: async (key) => {
      const path = pathOf(key);
      const found = await orUndefined(stat(path));
      if (found?.isFile() !== true) return undefined;
      return {
        sizeBytes: found.size,
        read: (start, end) => (end <= start ? nothing() : createReadStream(path, { start, end: end - 1 })),
      };
    },
    draft: () => openDraft(join(root, "uploads", randomUUID()), pathOf),
  };
}

async function openDraft(path: string, pathOf: (key: string) => string): Promise<Draft> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "wx");
  return {
    append: async (chunk) => {
      await handle.appendFile(chunk);
    },
    read: () => createReadStream(path),
    keep: async (key) => {
      await handle.sync();
      await handle.close();
      await mkdir(dirname(pathOf(key)), { recursive: true });
      await rename(path, pathOf(key));
    },
    drop: async () => {
      await handle.close().catch(() => undefined);
      await rm(path, { force: true });
    },
  };
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (isSystemError(error) && ["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code)) return undefined;
    throw error;
  });
}

// eslint-disable-next-line @typescript-eslint/require-await -- an empty iterable, in the shape of a stream
async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}
