import { compareBytes } from "@apkmill/core";
import type { Draft, RegistryStorage } from "./registry-storage.ts";

/** Storage that ends with the process. */
export function openMemoryStorage(): RegistryStorage {
  const values = new Map<string, Buffer>();
  return {
    get: (key) => Promise.resolve(values.get(key)),
    set: (key, value) => {
      values.set(key, Buffer.from(value));
      return Promise.resolve();
    },
    remove: (key) => Promise.resolve(values.delete(key)),
    list: (prefix) => {
      const below = [...values.keys()].filter((key) => key.startsWith(`${prefix}/`));
      const names = below.map((key) => key.slice(prefix.length + 1).split("/")[0] ?? "");
      return Promise.resolve([...new Set(names)].sort(compareBytes));
    },
    open: (key) => {
      const value = values.get(key);
      return Promise.resolve(
        value === undefined
          ? undefined
          : { sizeBytes: value.byteLength, read: (start, end) => once(value.subarray(start, end)) },
      );
    },
    draft: () => Promise.resolve(openDraft(values)),
  };
}

function openDraft(values: Map<string, Buffer>): Draft {
  let chunks: Buffer[] = [];
  return {
    append: (chunk) => {
      chunks.push(Buffer.from(chunk));
      return Promise.resolve();
    },
    read: () => once(Buffer.concat(chunks)),
    keep: (key) => {
      values.set(key, Buffer.concat(chunks));
      return Promise.resolve();
    },
    drop: () => {
      chunks = [];
      return Promise.resolve();
    },
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- an iterable of one, in the shape of a stream
async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
