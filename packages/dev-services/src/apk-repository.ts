import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { startLoopback, type Answer, type Exchange, type LoopbackOptions, type LoopbackService } from "./loopback.ts";
import { parseRange } from "./registry-blobs.ts";

export interface ApkRepositoryOptions extends LoopbackOptions {
  /** When given, every request needs them (Basic). */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/**
 * Serves a folder of APK repositories (`<arch>/APKINDEX.tar.gz`, `<arch>/*.apk`, keys) on 127.0.0.1 as a static web
 * server does: GET and HEAD, ETag, Last-Modified, conditional requests and one range. Nothing outside it is served.
 */
export async function startApkRepository(
  directory: string,
  options: ApkRepositoryOptions = {},
): Promise<LoopbackService> {
  const root = await realpath(directory);
  return startLoopback((exchange) => Promise.resolve(answer(root, options, exchange)), options);
}

function answer(root: string, { credentials }: ApkRepositoryOptions, exchange: Exchange): Answer {
  if (credentials !== undefined && exchange.headers["authorization"] !== basicOf(credentials)) {
    return { status: 401, headers: { "www-authenticate": 'Basic realm="packages"' } };
  }
  if (exchange.method !== "GET" && exchange.method !== "HEAD") return { status: 405, headers: { allow: "GET, HEAD" } };
  const file = findFile(root, exchange.path);
  return file === undefined ? { status: 404 } : serveFile(file, exchange);
}

function basicOf({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

interface ServedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modified: Date;
}

/**
 * The regular file that a path names; links are followed and must stay below the root. Synchronous: a way through the thread pool would
 * take longer, and from the processors of who measures a download.
 */
function findFile(root: string, path: string): ServedFile | undefined {
  try {
    const found = realpathSync.native(join(root, decodeURIComponent(path)));
    if (!found.startsWith(root + sep)) return undefined;
    const info = statSync(found);
    return info.isFile() ? { path: found, sizeBytes: info.size, modified: info.mtime } : undefined;
  } catch {
    // Absent, unreadable or malformed: to a client they are the same.
    return undefined;
  }
}

/** Large enough that whoever measures a download measures hardly anything of the server. */
const pieceBytes = 1 << 18;

function serveFile(file: ServedFile, { headers: asked }: Exchange): Answer {
  const etag = `"${file.modified.getTime().toString(16)}-${file.sizeBytes.toString(16)}"`;
  const headers = { etag, "last-modified": file.modified.toUTCString(), "accept-ranges": "bytes" };
  if (isUnchanged(file, etag, asked)) return { status: 304, headers };
  const range = asked["range"];
  const part =
    range === undefined || (asked["if-range"] ?? etag) !== etag ? undefined : parseRange(range, file.sizeBytes);
  if (part === "unsatisfiable")
    return { status: 416, headers: { ...headers, "content-range": `bytes */${String(file.sizeBytes)}` } };
  const { start, end } = part ?? { start: 0, end: file.sizeBytes };
  const span = `bytes ${String(start)}-${String(end - 1)}/${String(file.sizeBytes)}`;
  return {
    status: part === undefined ? 200 : 206,
    headers: {
      ...headers,
      "content-type": "application/octet-stream",
      "content-length": String(end - start),
      ...(part === undefined ? {} : { "content-range": span }),
    },
    body: end - start > pieceBytes ? readPieces(file.path, start, end) : readWhole(file.path, start, end),
  };
}

/** The same as one piece that belongs to the answer. */
function readWhole(path: string, start: number, end: number): Uint8Array {
  return Buffer.concat(Array.from(readPieces(path, start, end), (piece) => Buffer.from(piece)));
}

/** The bytes from `start` to before `end`. Each piece stands where the last one stood. */
function* readPieces(path: string, start: number, end: number): Generator<Uint8Array> {
  const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - start));
  const file = openSync(path, "r");
  try {
    for (let position = start; position < end;) {
      const read = readSync(file, piece, 0, Math.min(piece.length, end - position), position);
      if (read === 0) throw new Error(`${path} became shorter while it was served`);
      position += read;
      yield piece.subarray(0, read);
    }
  } finally {
    closeSync(file);
  }
}

/** RFC 9110 §13.2.2: an entity tag decides; the date only where there is none. */
function isUnchanged(file: ServedFile, etag: string, asked: Exchange["headers"]): boolean {
  const tags = asked["if-none-match"];
  if (tags !== undefined) return tags === "*" || tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
  const since = Date.parse(asked["if-modified-since"] ?? "");
  return !Number.isNaN(since) && Math.floor(file.modified.getTime() / 1000) * 1000 <= since;
}
