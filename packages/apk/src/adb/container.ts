import { requireWithin } from "@apkmill/core";
import type { ByteStream } from "./byte-stream.ts";
import { parseSignature, type AdbSignature, type AdbSigned } from "./signature-block.ts";
import { malformedAdb, type Subject } from "./subject.ts";

/**
 * The blocks of an unwrapped ADB file (reference apk-formats A11): `ADB.`, a schema, then one block of metadata, any number
 * of signatures, and in a package the content of its files. Each begins with its type and length and is filled up with
 * zeros to eight bytes. Nothing signs the filling, so it must be zeros; nothing may stand elsewhere.
 */
export interface AdbContainer extends AdbSigned {
  readonly signatures: readonly AdbSignature[];
}

/** What stands at the beginning of a block. */
export interface BlockHeader {
  readonly type: number;
  /** Bytes of the block without its header and filling. */
  readonly payloadBytes: number;
  /** Zeros behind the payload. */
  readonly fillBytes: number;
}

export const fileHeaderBytes = 8;
export const [adbBlock, signatureBlock, dataBlock] = [0, 1, 2];
const extendedBlock = 3;
const shortHeaderBytes = 4;
const longHeaderBytes = 16;
/** No file has more than a few. */
const mostSignatures = 64;

const schemas = { APK: "pckg", INDEX: "indx" } as const;

/** Metadata and signatures in `bytes`, which must hold nothing else. @throws ApkError …_FORMAT */
export function parseContainer(bytes: Buffer, subject: Subject): AdbContainer {
  requireFileHeader(bytes, subject);
  const blocks = [...splitBlocks(bytes.subarray(fileHeaderBytes), subject)];
  const [first, ...others] = blocks;
  if (first?.type !== adbBlock) throw malformedAdb(subject, "its first block is not the metadata");
  const foreign = others.find(({ type }) => type !== signatureBlock);
  if (foreign !== undefined) throw malformedAdb(subject, `unexpected block of type ${String(foreign.type)}`);
  requireWithin(`${subject.what}: number of signatures`, others.length, mostSignatures);
  const signatures = others.map(({ payload }) => {
    const signature = parseSignature(payload);
    if (signature === undefined) throw malformedAdb(subject, "a signature is too short to be one");
    return signature;
  });
  return { schema: bytes.subarray(4, fileHeaderBytes), payload: first.payload, signatures };
}

/** The magic and the schema that fits the subject. @throws ApkError …_FORMAT */
export function requireFileHeader(bytes: Buffer, subject: Subject): void {
  const found = bytes.toString("latin1", 0, fileHeaderBytes);
  const expected = `ADB.${schemas[subject.kind]}`;
  if (found === expected) return;
  throw malformedAdb(subject, `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

function* splitBlocks(bytes: Buffer, subject: Subject): Generator<{ readonly type: number; readonly payload: Buffer }> {
  for (let at = 0; at < bytes.length;) {
    const start = at + headerBytesAt(bytes, at);
    if (start > bytes.length) throw cut(subject);
    const { type, payloadBytes, fillBytes } = parseBlockHeader(bytes.subarray(at, start), subject);
    const end = start + payloadBytes;
    if (end + fillBytes > bytes.length) throw cut(subject);
    requireZeros(bytes.subarray(end, end + fillBytes), subject);
    yield { type, payload: bytes.subarray(start, end) };
    at = end + fillBytes;
  }
}

function headerBytesAt(bytes: Buffer, at: number): number {
  return (bytes[at + 3] ?? 0) >>> 6 === extendedBlock ? longHeaderBytes : shortHeaderBytes;
}

/** The next block's header and its bytes. */
export async function readBlockHeader(
  stream: ByteStream,
  subject: Subject,
): Promise<BlockHeader & { readonly raw: Buffer }> {
  const short = await stream.read(shortHeaderBytes);
  const more = headerBytesAt(short, 0) - shortHeaderBytes;
  const raw = more === 0 ? short : Buffer.concat([short, await stream.read(more)]);
  return { ...parseBlockHeader(raw, subject), raw };
}

/** A length that 30 bits cannot say stands in 64 bits behind the word, which then holds the real type. */
function parseBlockHeader(header: Buffer, subject: Subject): BlockHeader {
  const word = header.readUInt32LE(0);
  const low = word & 0x3fff_ffff;
  const isLong = header.length === longHeaderBytes;
  const type = isLong ? low : word >>> 30;
  const sizeBytes = isLong ? header.readUInt32LE(8) + header.readUInt32LE(12) * 2 ** 32 : low;
  const isKnown = type <= dataBlock && (!isLong || header.readUInt32LE(4) === 0);
  if (!isKnown || sizeBytes < header.length || !Number.isSafeInteger(sizeBytes)) {
    throw malformedAdb(subject, `a block that begins with ${header.toString("hex")} is not known`);
  }
  return { type, payloadBytes: sizeBytes - header.length, fillBytes: (8 - (sizeBytes % 8)) % 8 };
}

/** @throws ApkError …_FORMAT */
export function requireZeros(fill: Buffer, subject: Subject): void {
  if (fill.some((byte) => byte !== 0)) throw malformedAdb(subject, "bytes between two blocks are not zero");
}

/** The error for a file that ends too early. */
export function cut(subject: Subject): Error {
  return malformedAdb(subject, "the file ends too early");
}
