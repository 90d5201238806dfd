import { requireUnpacked, type UnpackLimits } from "@apkmill/archive";
import type { InflateRaw, ZstdDecompress } from "node:zlib";
import type { Subject } from "./subject.ts";
import { brokenCompression, type Wrapper } from "./wrapper.ts";

/** A decompressor of zlib's as a stream. */
export type Engine = InflateRaw | ZstdDecompress;

/** What is being decompressed, and how far it may go. */
export interface Unwrapping {
  readonly subject: Subject;
  readonly wrapper: Wrapper;
  readonly limits: UnpackLimits;
}

/**
 * The output of an engine that is fed from `source`; reads `source` to its end, also when the engine has enough.
 * @throws ApkError …_FORMAT · CoreError LIMIT_EXCEEDED · whatever `source` throws
 */
export async function* pumped(
  source: AsyncIterable<Uint8Array>,
  engine: Engine,
  { subject, wrapper, limits }: Unwrapping,
): AsyncGenerator<Buffer> {
  let sizeBytes = 0;
  const consumer = { gone: false };
  const feeding = feed(source, engine, consumer);
  // The feeder's failure arrives through the stream; this keeps it from being reported as unhandled before that.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      requireUnpacked(subject.what, sizeBytes, engine.bytesWritten, limits);
      yield chunk;
    }
  } catch (cause) {
    throw isZlibError(cause) ? brokenCompression(subject, wrapper, cause) : cause;
  } finally {
    if (!engine.readableEnded) consumer.gone = true;
    engine.destroy();
    // The source is the caller's again only when the feeder has let go of it.
    if (consumer.gone) await feeding.catch(() => undefined);
  }
  await feeding;
}

async function feed(
  source: AsyncIterable<Uint8Array>,
  engine: Engine,
  consumer: { readonly gone: boolean },
): Promise<void> {
  try {
    for await (const chunk of source) {
      await writeTo(engine, chunk);
      if (consumer.gone) return;
    }
    engine.end();
  } catch (cause) {
    engine.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    throw cause;
  }
}

/** Resolves when zlib took the bytes, or will take no more: once its stream has ended it calls nobody back. */
export function writeTo(engine: Engine, bytes: Uint8Array): Promise<void> {
  if (engine.readableEnded || engine.destroyed || bytes.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      engine.off("end", done);
      engine.off("close", done);
      resolve();
    };
    engine.once("end", done);
    engine.once("close", done);
    engine.write(bytes, done);
  });
}

function isZlibError(cause: unknown): boolean {
  return cause instanceof Error && "errno" in cause && "code" in cause && /^(Z|ZSTD)_/.test(String(cause.code));
}
