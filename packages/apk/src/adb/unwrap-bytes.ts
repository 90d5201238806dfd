import { inflateRawSync, zstdDecompressSync, type ZlibOptions, type ZstdOptions } from "node:zlib";
import { mostUnpackedBytes, type UnpackLimits } from "@apkmill/archive";
import { CoreError } from "@apkmill/core";
import type { Subject } from "./subject.ts";
import {
  brokenCompression,
  parseWrapper,
  spareBits,
  trailingBytes,
  withoutHighestBit,
  type Wrapper,
} from "./wrapper.ts";
import { ZstdFrame } from "./zstd-frame.ts";

/**
 * What is in the wrapper of an ADB file that is in memory.
 * @throws ApkError …_FORMAT · CoreError LIMIT_EXCEEDED when it is more than it may be
 */
export function unwrapBytes(file: Buffer, subject: Subject, limits: UnpackLimits): Buffer {
  const wrapper = parseWrapper(file, subject);
  const bytes = file.subarray(wrapper.startBytes);
  const limitBytes = mostUnpackedBytes(bytes.length, limits);
  switch (wrapper.algorithm) {
    case "none":
      return requireWithinLimit(bytes, subject, limitBytes);
    case "deflate":
      return inflate(bytes, subject, limitBytes, wrapper);
    case "zstd":
      return decompressFrame(bytes, subject, limitBytes, wrapper);
  }
}

function inflate(bytes: Buffer, subject: Subject, limitBytes: number, wrapper: Wrapper): Buffer {
  const { content, usedBytes } = bounded(subject, limitBytes, wrapper, (options) => inflateRawSync(bytes, options));
  if (usedBytes !== bytes.length) throw trailingBytes(subject, bytes.length - usedBytes);
  if (hasSpareBits(bytes, content)) throw spareBits(subject);
  return content;
}

/** Does the stream say the same without the highest bit that is set in its last byte? Then no code needs that bit. */
function hasSpareBits(bytes: Buffer, content: Buffer): boolean {
  const last = bytes.at(-1) ?? 0;
  if (last === 0) return false;
  const changed = Buffer.from(bytes);
  changed[changed.length - 1] = withoutHighestBit(last);
  try {
    return inflateRawSync(changed, { maxOutputLength: content.length }).equals(content);
  } catch {
    return false;
  }
}

function decompressFrame(bytes: Buffer, subject: Subject, limitBytes: number, wrapper: Wrapper): Buffer {
  const frame = new ZstdFrame();
  const frameBytes = frame.take(bytes);
  if (!frame.isValid || !frame.isComplete) throw brokenCompression(subject, wrapper, "no whole frame");
  if (frameBytes !== bytes.length) throw trailingBytes(subject, bytes.length - frameBytes);
  return bounded(subject, limitBytes, wrapper, (options) => zstdDecompressSync(bytes, options)).content;
}

function bounded(
  subject: Subject,
  limitBytes: number,
  wrapper: Wrapper,
  decompress: (options: ZlibOptions & ZstdOptions) => unknown,
): { readonly content: Buffer; readonly usedBytes: number } {
  try {
    return parseInformed(decompress({ maxOutputLength: limitBytes, info: true }));
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(subject, limitBytes);
    throw brokenCompression(subject, wrapper, cause);
  }
}

/** With `info`, zlib returns the content and the engine that knows how much it has read; its types do not say so. */
function parseInformed(result: unknown): { readonly content: Buffer; readonly usedBytes: number } {
  const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
  return { content: buffer, usedBytes: engine.bytesWritten };
}

function requireWithinLimit(bytes: Buffer, subject: Subject, limitBytes: number): Buffer {
  if (bytes.length > limitBytes) throw tooLarge(subject, limitBytes);
  return bytes;
}

function tooLarge({ what }: Subject, limitBytes: number): CoreError {
  return new CoreError("LIMIT_EXCEEDED", `${what}: unpacked size: more than the limit of ${String(limitBytes)}`, {
    hint: "if the input is genuine, raise the limit; otherwise it is malformedAdb or hostile",
  });
}
