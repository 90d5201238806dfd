import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { createTarScanner, tarPadding, type TarEntry } from "@apkmill/archive";
import { isSystemError, requireWithin, unreadable, type Limits } from "@apkmill/core";
import { OciError } from "./oci-error.ts";

/**
 * Which files does a tar of an image hold, and where in it?
 *
 * Only headers are read, content is jumped over: a tar of gigabytes is known at once, and each blob can be read when it is asked
 * for. Nothing is ever unpacked, so that a name can do no harm on disk; names that would, names that come twice and entries that are
 * neither file, link nor directory are refused all the same: no writer of images makes them, and readers differ on what they mean.
 */
export interface TarMembers {
  /** As the user named it. */
  readonly name: string;
  has(path: string): boolean;
  /** Bytes of a member. @throws OciError LAYOUT_MALFORMED when it is not there */
  sizeOf(path: string): number;
  /** @throws OciError LAYOUT_MALFORMED · CoreError LIMIT_EXCEEDED, FILE_UNREADABLE */
  read(path: string, limitBytes: number): Promise<Buffer>;
  open(path: string): AsyncIterable<Uint8Array>;
}

interface Place {
  readonly start: number;
  readonly sizeBytes: number;
}

const blockBytes = 512;

/** The members of the tar at `path`. @throws OciError LAYOUT_MALFORMED · ArchiveError ARCHIVE_TAR_… · CoreError LIMIT_EXCEEDED, FILE_UNREADABLE */
export function listTarMembers(path: string, limits: Limits): TarMembers {
  const members = withOpen(path, (file) => scan(file, path, limits));
  const placeOf = (name: string): Place => {
    const place = members.get(name);
    if (place !== undefined) return place;
    throw malformedTar(path, `it does not hold ${JSON.stringify(name.slice(0, 200))}`);
  };
  return {
    name: path,
    has: (name) => members.has(name),
    sizeOf: (name) => placeOf(name).sizeBytes,
    read: async (name, limitBytes) => {
      const place = placeOf(name);
      requireWithin(`${path}: ${name}`, place.sizeBytes, limitBytes);
      return Buffer.concat(await Array.fromAsync(openPlace(path, place)));
    },
    open: (name) => openPlace(path, placeOf(name)),
  };
}

/** The error for a tar that holds no image, or one that could be read in two ways. */
export function malformedTar(path: string, problem: string): OciError {
  return new OciError("LAYOUT_MALFORMED", `${path} is no tar of one image: ${problem}`, {
    hint: "make it with apkmill image build, docker save or skopeo copy",
    context: { path },
  });
}

function scan(file: number, path: string, limits: Limits): ReadonlyMap<string, Place> {
  const files = new Map<string, Place>();
  const links = new Map<string, string>();
  let nameBytes = 0;
  for (const { entry, start } of headers(file, path, limits)) {
    if (entry.type === "directory") continue;
    const name = memberName(path, entry);
    nameBytes += Buffer.byteLength(name) + Buffer.byteLength(entry.linkPath);
    requireWithin(`${path}: bytes of all names`, nameBytes, limits.headerBytes, "headerBytes");
    if (files.has(name) || links.has(name)) throw malformedTar(path, `it holds ${JSON.stringify(name)} twice`);
    if (entry.type === "file") files.set(name, { start, sizeBytes: entry.sizeBytes });
    else links.set(name, targetOf(name, entry));
  }
  return withLinks(files, links);
}

/** Docker and skopeo link a layer that they have written already: one step, to a file of the same tar. Other links lead nowhere. */
function withLinks(files: ReadonlyMap<string, Place>, links: ReadonlyMap<string, string>): ReadonlyMap<string, Place> {
  const linked = [...links].flatMap(([name, target]): [string, Place][] => {
    const place = files.get(target);
    return place === undefined ? [] : [[name, place]];
  });
  return new Map([...files, ...linked]);
}

interface Header {
  readonly entry: TarEntry;
  /** Where its content begins. */
  readonly start: number;
}

function* headers(file: number, path: string, limits: Limits): Generator<Header> {
  const sizeBytes = fstatSync(file).size;
  requireUnpacked(file, path);
  let entries = 0;
  for (let offset = 0; offset < sizeBytes;) {
    const found = readHeader(file, path, offset, limits);
    if (found === undefined) return;
    const { entry, start } = found;
    requireWithin(`${path}: entries`, (entries += 1), limits.entries, "entries");
    if (start + entry.sizeBytes > sizeBytes) throw malformedTar(path, `it ends inside ${entry.path}`);
    yield found;
    offset = start + entry.sizeBytes + tarPadding(entry.sizeBytes).length;
  }
}

/** Its members cannot be found in a tar that is compressed as a whole. */
function requireUnpacked(file: number, path: string): void {
  const start = Buffer.alloc(4);
  readSync(file, start, 0, start.length, 0);
  const isPacked = start.readUInt16BE(0) === 0x1f8b || start.readUInt32BE(0) === 0x28b52ffd;
  if (isPacked) throw malformedTar(path, "it is compressed; unpack it with gunzip or unzstd first");
}

/** The entry whose header begins at `offset`; undefined at the end of the tar. */
function readHeader(file: number, path: string, offset: number, limits: Limits): Header | undefined {
  let entry: TarEntry | undefined;
  const ignore = (): void => undefined;
  const onEntry = (found: TarEntry): void => void (entry ??= found);
  const scanner = createTarScanner({ onEntry, onContent: ignore, onEnd: ignore }, { limits, what: path });
  const block = Buffer.alloc(blockBytes);
  let start = offset;
  while (entry === undefined) {
    if (readSync(file, block, 0, blockBytes, start) < blockBytes) throw malformedTar(path, "it ends inside a header");
    if (start === offset && block.every((byte) => byte === 0)) return undefined;
    requireWithin(`${path}: size of a header`, start - offset, limits.headerBytes, "headerBytes");
    scanner.push(block);
    start += blockBytes;
  }
  return { entry, start };
}

function memberName(path: string, { path: found, type }: TarEntry): string {
  const name = found.replace(/^(\.\/+)+/, "");
  const isPlain = name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (!isPlain) throw malformedTar(path, `it holds ${JSON.stringify(found.slice(0, 200))}, which leads out of it`);
  if (type === "file" || type === "symlink" || type === "hardlink") return name;
  throw malformedTar(path, `${JSON.stringify(name.slice(0, 200))} in it is a ${type}`);
}

function targetOf(name: string, { type, linkPath }: TarEntry): string {
  return posix.normalize(type === "hardlink" ? linkPath : posix.join(posix.dirname(name), linkPath));
}

async function* openPlace(path: string, { start, sizeBytes }: Place): AsyncGenerator<Uint8Array> {
  if (sizeBytes === 0) return;
  try {
    const source = createReadStream(path, { start, end: start + sizeBytes - 1, highWaterMark: 1 << 20 });
    for await (const chunk of source) yield chunk as Buffer;
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(path, cause) : cause;
  }
}

function withOpen<T>(path: string, work: (file: number) => T): T {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    return work(file);
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(path, cause) : cause;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
