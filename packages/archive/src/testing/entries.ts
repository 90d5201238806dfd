import type { TarEntry } from "../tar-entry.ts";
import { createTarScanner, type TarOptions } from "../tar-scanner.ts";

/** A plain file entry, changed as the test says. */
export function entryWith(changes: Partial<TarEntry> = {}): TarEntry {
  return {
    path: "usr/bin/tool",
    type: "file",
    mode: 0o755,
    uid: 0,
    gid: 0,
    uname: "root",
    gname: "root",
    sizeBytes: 0,
    mtime: 1_700_000_000,
    linkPath: "",
    xattrs: new Map(),
    pax: new Map(),
    ...changes,
  };
}

/** Everything a scanner reports for `tar`, pushed in chunks of `chunkBytes`. */
export function scanAll(
  tar: Buffer,
  options: TarOptions = {},
  chunkBytes = tar.length || 1,
): { readonly items: { readonly entry: TarEntry; readonly content: Buffer }[]; readonly closed: boolean } {
  const items: { entry: TarEntry; content: Buffer }[] = [];
  const scanner = createTarScanner(
    {
      onEntry: (entry) => items.push({ entry, content: Buffer.alloc(0) }),
      onContent: (chunk) => {
        const item = items.at(-1);
        if (item !== undefined) item.content = Buffer.concat([item.content, chunk]);
      },
      onEnd: () => undefined,
    },
    options,
  );
  for (let offset = 0; offset < tar.length; offset += chunkBytes)
    scanner.push(tar.subarray(offset, offset + chunkBytes));
  return { closed: scanner.end(), items };
}

/** All bytes of a source. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `bytes` as a source of chunks of `chunkBytes`. */
export async function* chunked(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    await Promise.resolve();
    yield bytes.subarray(offset, offset + chunkBytes);
  }
}
