import { isAdb } from "./adb/wrapper.ts";

/** A package file whose format is known; nothing of it is lost. */
export interface SniffedPackage {
  readonly format: "v2" | "v3";
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Tells the format of a package by its first bytes, whatever it is called. Read `bytes`, or the source stays open. */
export async function sniffPackage(source: AsyncIterable<Uint8Array>): Promise<SniffedPackage> {
  const input = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes < magicBytes) {
    const next = await input.next();
    if (next.done === true) break;
    first.push(next.value);
    sizeBytes += next.value.byteLength;
  }
  const start = first.length === 1 ? first[0] : Buffer.concat(first);
  return { format: isAdb(start ?? Buffer.alloc(0)) ? "v3" : "v2", bytes: rejoin(first, input) };
}

const magicBytes = 3;

async function* rejoin(first: readonly Uint8Array[], input: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    for (let next = await input.next(); next.done !== true; next = await input.next()) yield next.value;
  } finally {
    await input.return?.();
  }
}
