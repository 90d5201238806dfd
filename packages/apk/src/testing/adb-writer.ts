import { createHash, hash, sign, type KeyObject } from "node:crypto";
import { deflateRawSync, zstdCompressSync } from "node:zlib";
import { keyIdOf } from "../adb/signature-block.ts";

/**
 * A writer of v3 (ADB) files for tests: as genuine ones are, with equal data stored once, or as hostile as a test wants it.
 * A value is a number, text, bytes, a list, or an object whose keys are slot numbers; `word` puts any word in its place.
 */
export type AdbValue =
  | undefined
  | number
  | bigint
  | string
  | Buffer
  | { readonly word: number }
  | readonly AdbValue[]
  | { readonly [slot: number]: AdbValue };

const [adb, signature, data] = [0, 1, 2];

/** The metadata payload whose root is `root`; `placeOf` tells where the bytes of a buffer came to stand. */
export function encodePayload(root: AdbValue): {
  readonly payload: Buffer;
  readonly placeOf: (bytes: Buffer) => number;
} {
  const builder = new Builder();
  const word = builder.encode(root);
  return { payload: builder.finish(word), placeOf: (bytes) => builder.places.get(bytes) ?? -1 };
}

class Builder {
  readonly places = new Map<Buffer, number>();
  readonly #parts: Buffer[] = [Buffer.alloc(8)];
  readonly #known = new Map<string, number>();
  #length = 8;

  encode(value: AdbValue): number {
    if (value === undefined || value === "") return 0;
    if (typeof value === "number" || typeof value === "bigint") return this.#number(BigInt(value));
    if (typeof value === "string") return this.#blob(Buffer.from(value));
    if (Buffer.isBuffer(value)) return this.#blob(value);
    if (Array.isArray(value)) return this.#slots(0xd, value);
    if (isWord(value)) return value.word;
    const slots = Object.entries(value as Readonly<Record<string, AdbValue>>);
    const last = Math.max(0, ...slots.map(([slot]) => Number(slot)));
    return this.#slots(
      0xe,
      Array.from({ length: last }, (_, index) => slots.find(([slot]) => Number(slot) === index + 1)?.[1]),
    );
  }

  finish(root: number): Buffer {
    const payload = Buffer.concat(this.#parts);
    payload.writeUInt32LE(root, 4);
    return payload;
  }

  #number(value: bigint): number {
    if (value < 1n << 28n) return (1 << 28) + Number(value);
    const bytes = Buffer.alloc(value < 1n << 32n ? 4 : 8);
    if (bytes.length === 4) bytes.writeUInt32LE(Number(value));
    else bytes.writeBigUInt64LE(value);
    return tagged(bytes.length === 4 ? 2 : 3, this.#put(bytes, 4));
  }

  #blob(bytes: Buffer): number {
    if (bytes.length === 0) return 0;
    const lengthBytes = bytes.length < 0x100 ? 1 : bytes.length < 0x1_0000 ? 2 : 4;
    const length = Buffer.alloc(lengthBytes);
    length.writeUIntLE(bytes.length, 0, lengthBytes);
    const at = this.#put(Buffer.concat([length, bytes]), lengthBytes);
    this.places.set(bytes, at + lengthBytes);
    return tagged({ 1: 8, 2: 9, 4: 10 }[lengthBytes], at);
  }

  #slots(type: number, slots: readonly AdbValue[]): number {
    const words = slots.map((slot) => this.encode(slot));
    while (words.at(-1) === 0) words.pop();
    return tagged(type, this.#put(wordsOf([words.length + 1, ...words]), 4));
  }

  /** Equal bytes are stored once. */
  #put(bytes: Buffer, alignment: number): number {
    const key = `${String(alignment)} ${bytes.toString("latin1")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const fill = (alignment - (this.#length % alignment)) % alignment;
    const at = this.#length + fill;
    this.#parts.push(Buffer.alloc(fill), bytes);
    this.#length = at + bytes.length;
    this.#known.set(key, at);
    return at;
  }
}

function isWord(value: object): value is { readonly word: number } {
  return "word" in value;
}

function tagged(type: number | undefined, place: number): number {
  return (((type ?? 0) << 28) | place) >>> 0;
}

/** Little-endian words. */
export function wordsOf(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, index) => bytes.writeUInt32LE(word >>> 0, 4 * index));
  return bytes;
}

/** A block: header, payload, zeros up to eight bytes. `long` states the size in 64 bits, as for contents of a GiB. */
export function encodeBlock(type: number, payload: Buffer, { long = false } = {}): Buffer {
  const sizeBytes = payload.length + (long ? 16 : 4);
  const header = long ? wordsOf([(3 << 30) | type, 0, sizeBytes, 0]) : wordsOf([(type << 30) | sizeBytes]);
  return Buffer.concat([header, payload, Buffer.alloc((8 - (sizeBytes % 8)) % 8)]);
}

export type AdbSchema = "pckg" | "indx";

/** A signature block's payload. `algorithm` is the number of the hash: 3 SHA-256, 4 SHA-512, 5 SHA-256 cut to 20 bytes. */
export function encodeSignature(schema: AdbSchema, payload: Buffer, key: KeyPair, algorithm = 4): Buffer {
  const header = Buffer.concat([Buffer.from([0, algorithm]), Buffer.from(keyIdOf(key.publicKey), "hex")]);
  const sum = hash(algorithm === 4 ? "sha512" : "sha256", payload, "buffer");
  const message = Buffer.concat([Buffer.from(schema), header, algorithm === 5 ? sum.subarray(0, 20) : sum]);
  return Buffer.concat([header, sign("sha512", message, key.privateKey)]);
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** An unwrapped file. */
export function encodeContainer(
  schema: AdbSchema,
  payload: Buffer,
  { keys = [], contents = [] }: { readonly keys?: readonly KeyPair[]; readonly contents?: readonly Buffer[] } = {},
): Buffer {
  return Buffer.concat([
    Buffer.from(`ADB.${schema}`),
    encodeBlock(adb, payload),
    ...keys.map((key) => encodeBlock(signature, encodeSignature(schema, payload, key))),
    ...contents.map((content) => encodeBlock(data, content)),
  ]);
}

/** A wrapped file: `deflate` is what apk writes; `c-…` states algorithm and level. */
export type Wrapping = "none" | "deflate" | "c-none" | "c-deflate" | "c-zstd";

export const wrappings: readonly Wrapping[] = ["none", "deflate", "c-none", "c-deflate", "c-zstd"];

export function wrap(container: Buffer, wrapping: Wrapping): Buffer {
  switch (wrapping) {
    case "none":
      return container;
    case "deflate":
      return Buffer.concat([Buffer.from("ADBd"), deflateRawSync(container, { level: 9 })]);
    case "c-none":
      return Buffer.concat([Buffer.from("ADBc\0\0", "latin1"), container]);
    case "c-deflate":
      return Buffer.concat([Buffer.from("ADBc\x01\x06", "latin1"), deflateRawSync(container, { level: 6 })]);
    case "c-zstd":
      return Buffer.concat([Buffer.from("ADBc\x02\x13", "latin1"), zstdCompressSync(container)]);
  }
}

export interface TestDirectory {
  readonly path: string;
  /** Left out: 0755 of root's. */
  readonly acl?: AdbValue;
  readonly files?: readonly TestAdbFile[];
}

export interface TestAdbFile {
  readonly name: string;
  readonly acl?: AdbValue;
  readonly content?: string | Buffer;
  /** Bytes of `target`: see {@link linkTarget} and {@link deviceTarget}. */
  readonly target?: Buffer;
  readonly mtime?: number;
  /** What the metadata says of the content, where it is not the truth. */
  readonly claims?: { readonly size?: AdbValue; readonly hash?: AdbValue };
}

export interface TestAdbPackage {
  /** Slots of `pkginfo`, on top of a name and a version. */
  readonly info?: { readonly [slot: number]: AdbValue };
  readonly directories?: readonly TestDirectory[];
  /** Slots of `scripts`. */
  readonly scripts?: { readonly [slot: number]: AdbValue };
  readonly triggers?: readonly string[];
  readonly replacesPriority?: number;
  readonly keys?: readonly KeyPair[];
}

/** The payload of a package's metadata, with its unique id, and the content blocks that go with it. */
export function encodePackageParts(made: TestAdbPackage): { readonly payload: Buffer; readonly contents: Buffer[] } {
  const { info = {}, directories = [], scripts, triggers, replacesPriority } = made;
  const id = Buffer.alloc(20);
  const { payload, placeOf } = encodePayload({
    1: { 1: "hello", 2: "1.0-r0", 3: id, 5: "noarch", 12: 1, ...info },
    2: directories.length === 0 ? undefined : directories.map(encodeDirectory),
    3: scripts,
    4: triggers,
    5: replacesPriority,
  });
  if (placeOf(id) >= 0) createHash("sha256").update(payload).digest().copy(payload, placeOf(id), 0, 20);
  const contents = directories.flatMap(({ files = [] }, directory) =>
    files.flatMap(({ content = "", target }, file) =>
      content.length === 0 || target !== undefined
        ? []
        : [Buffer.concat([wordsOf([directory + 1, file + 1]), Buffer.from(content)])],
    ),
  );
  return { payload, contents };
}

/** A whole package, not wrapped. */
export function encodeAdbPackage(made: TestAdbPackage): Buffer {
  const { payload, contents } = encodePackageParts(made);
  return encodeContainer("pckg", payload, { keys: made.keys ?? [], contents });
}

/** A whole index, not wrapped. */
export function encodeAdbIndex(
  packages: readonly AdbValue[],
  {
    keys = [],
    description,
    spec,
  }: { readonly keys?: readonly KeyPair[]; readonly description?: string; readonly spec?: string } = {},
): Buffer {
  return encodeContainer("indx", encodePayload({ 1: description, 2: packages, 3: spec }).payload, { keys });
}

/** Mode, user and group of an owner. */
export function acl(mode: number, user = "root", group = user, xattrs?: readonly Buffer[]): AdbValue {
  return { 1: mode, 2: user, 3: group, 4: xattrs };
}

function encodeDirectory({ path, acl: owner = acl(0o755), files }: TestDirectory): AdbValue {
  return { 1: path, 2: owner, 3: files?.map(encodeFile) };
}

function encodeFile({
  name,
  acl: owner = acl(0o644),
  content = "",
  target,
  mtime = 1_700_000_000,
  claims,
}: TestAdbFile): AdbValue {
  const isRegular = target === undefined;
  const size = isRegular ? Buffer.from(content).length : undefined;
  const sum = isRegular ? hash("sha256", content, "buffer") : undefined;
  return { 1: name, 2: owner, 3: size === 0 ? undefined : size, 4: mtime, 5: sum, 6: target, ...claimed(claims) };
}

function claimed(claims: TestAdbFile["claims"]): { readonly [slot: number]: AdbValue } {
  return {
    ...(claims !== undefined && "size" in claims ? { 3: claims.size } : {}),
    ...(claims !== undefined && "hash" in claims ? { 5: claims.hash } : {}),
  };
}

/** The `target` of a symbolic link or, with `hard`, of a hard link. */
export function linkTarget(path: string, { hard = false } = {}): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(hard ? 0o100644 : 0o120777);
  return Buffer.concat([bytes, Buffer.from(path)]);
}

/** The `target` of a device or fifo; `number` as Linux has it. */
export function deviceTarget(mode: number, number: bigint): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16LE(mode);
  bytes.writeBigUInt64LE(number, 2);
  return bytes;
}
