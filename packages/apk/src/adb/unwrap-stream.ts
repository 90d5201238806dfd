import type { UnpackLimits } from "@apkmill/archive";
import { constants, crc32, createInflateRaw, createZstdDecompress } from "node:zlib";
import { pumped, type Unwrapping } from "./engine.ts";
import { LastByteProbe } from "./last-byte-probe.ts";
import type { Subject } from "./subject.ts";
import { brokenCompression, parseWrapper, spareBits, trailingBytes, wrapperBytes } from "./wrapper.ts";
import { ZstdFrame } from "./zstd-frame.ts";

const chunkBytes = 1 << 18;
/** A bomb is decompressed this far before anybody can count what comes out: at most a thousand times as much. */
const pieceBytes = 1 << 16;

/**
 * What is in the wrapper of an ADB file, as it comes: zlib works in its threads on one chunk while the caller works on the
 * one before.
 * @throws CoreError LIMIT_EXCEEDED · ApkError …_FORMAT, at the latest behind the last chunk · whatever `source` throws
 */
export async function* unwrapStream(
  source: AsyncIterable<Uint8Array>,
  subject: Subject,
  limits: UnpackLimits,
): AsyncGenerator<Uint8Array> {
  const input = source[Symbol.asyncIterator]();
  try {
    const start = await readStart(input);
    const wrapper = parseWrapper(start, subject);
    const rest = joined(start.subarray(wrapper.startBytes), input);
    switch (wrapper.algorithm) {
      case "none":
        yield* rest;
        return;
      case "deflate":
        yield* inflate(rest, { subject, wrapper, limits });
        return;
      case "zstd":
        yield* decompressFrame(rest, { subject, wrapper, limits });
        return;
    }
  } finally {
    await input.return?.();
  }
}

async function readStart(input: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < wrapperBytes) {
    const next = await input.next();
    if (next.done === true) break;
    start =
      start.length === 0
        ? Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
        : Buffer.concat([start, next.value]);
  }
  return start;
}

async function* joined(first: Uint8Array, input: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await input.next(); next.done !== true; next = await input.next()) yield next.value;
}

async function* inflate(source: AsyncIterable<Uint8Array>, unwrapping: Unwrapping): AsyncGenerator<Uint8Array> {
  const engine = createInflateRaw({ chunkSize: chunkBytes });
  const probe = new LastByteProbe();
  const fed = { bytes: 0 };
  const seen = { crc: 0, sizeBytes: 0 };
  const input = tapped(source, async (chunk) => {
    fed.bytes += chunk.length;
    await probe.write(chunk);
  });
  try {
    for await (const chunk of pumped(input, engine, unwrapping)) {
      seen.crc = crc32(chunk, seen.crc);
      seen.sizeBytes += chunk.length;
      yield chunk;
    }
    if (fed.bytes !== engine.bytesWritten) throw trailingBytes(unwrapping.subject, fed.bytes - engine.bytesWritten);
    if (await probe.isSame(seen)) throw spareBits(unwrapping.subject);
  } finally {
    probe.close();
  }
}

async function* decompressFrame(source: AsyncIterable<Uint8Array>, unwrapping: Unwrapping): AsyncGenerator<Uint8Array> {
  const { subject, wrapper } = unwrapping;
  const frame = new ZstdFrame();
  const input = tapped(source, (chunk) => {
    const frameBytes = frame.take(chunk);
    if (!frame.isValid) throw brokenCompression(subject, wrapper, "no frame");
    if (frameBytes < chunk.length) throw trailingBytes(subject, chunk.length - frameBytes);
    return Promise.resolve();
  });
  const params = { [constants.ZSTD_d_windowLogMax]: maxWindowLog };
  yield* pumped(input, createZstdDecompress({ chunkSize: chunkBytes, params }), unwrapping);
  if (!frame.isComplete) throw brokenCompression(subject, wrapper, "unexpected end of file");
}

/** 128 MiB, what zstd's highest level uses. A frame could ask for gigabytes. */
const maxWindowLog = 27;

/** The source in pieces, each shown to `tap` before it is passed on. */
async function* tapped(
  source: AsyncIterable<Uint8Array>,
  tap: (chunk: Uint8Array) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes);
      await tap(piece);
      yield piece;
    }
  }
}
