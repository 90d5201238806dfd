import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import type { Ground } from "./disk-ground.ts";
import type { PlannedEntry } from "./plan.ts";
import { RootfsError } from "./rootfs-error.ts";

/**
 * Makes what Node has no call for among `entries`: devices, fifos and extended attributes. GNU tar, which every Debian and
 * Ubuntu has, makes them from an archive of just these. Files and symbolic links among them stand already; tar replaces
 * them, so that further names of a file come later, and nothing else may write below a link.
 * @throws RootfsError ROOTFS_UNWRITABLE with tar's own words
 */
export async function writeSpecials(ground: Ground, entries: readonly PlannedEntry[]): Promise<void> {
  const wanted = entries.filter((entry) => isSpecial(entry) && isPossible(ground, entry));
  if (wanted.length > 0) await extract(ground, wanted);
}

/** What of `entries` is left out: without owners, devices and extended attributes are. */
export function leftOut(
  ground: Ground,
  entries: readonly PlannedEntry[],
): { readonly path: string; readonly what: string }[] {
  return entries
    .filter((entry) => isSpecial(entry) && !isPossible(ground, entry))
    .map((entry) => ({ path: entry.path, what: whatOf(entry) }));
}

function isSpecial(entry: PlannedEntry): boolean {
  return entry.type !== "hardlink" && (isNode(entry) || entry.xattrs.size > 0);
}

function isPossible({ owners }: Ground, { type }: PlannedEntry): boolean {
  return owners === "apply" || type === "fifo";
}

function isNode({ type }: PlannedEntry): boolean {
  return type === "character" || type === "block" || type === "fifo";
}

function whatOf(entry: PlannedEntry): string {
  return isNode(entry) ? `${entry.type} device` : `extended attributes ${[...entry.xattrs.keys()].join(", ")}`;
}

const tarArguments = [
  "--extract",
  "--file=-",
  "--numeric-owner",
  "--same-permissions",
  "--xattrs",
  "--xattrs-include=*",
  "--warning=no-timestamp",
];

async function extract(ground: Ground, entries: readonly PlannedEntry[]): Promise<void> {
  const owner = ground.owners === "apply" ? "--same-owner" : "--no-same-owner";
  const child = spawn("tar", [...tarArguments, owner, `--directory=${ground.folder}`], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { PATH: ground.searchPath, LC_ALL: "C", TZ: "UTC" },
  });
  const words: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => words.push(chunk.subarray(0, 4096)));
  const ended = once(child, "close") as Promise<[number | null]>;
  const fed = Promise.allSettled([pipeline(Readable.from(archiveOf(ground, entries)), child.stdin)]);
  const [status] = await ended.catch((cause: unknown) => {
    throw failed(cause instanceof Error ? cause.message : String(cause), "install GNU tar");
  });
  const [feeding] = await fed;
  if (status !== 0) throw failed(Buffer.concat(words).toString("utf8").trim().slice(0, 500));
  // tar takes an archive that breaks off between two entries for a whole one.
  if (feeding.status === "rejected") throw feeding.reason;
}

/** The tar of these entries. A file may be replaced as soon as its header is out. */
export async function* archiveOf(
  ground: Pick<Ground, "folder">,
  entries: readonly PlannedEntry[],
): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.type === "file") yield* fileOf(ground, entry);
    else yield encodeTarHeader(headerOf(entry, 0));
  }
  yield tarEnd;
}

/** Opened before its header is given out, with which tar puts a new and empty file in its place. */
async function* fileOf({ folder }: Pick<Ground, "folder">, entry: PlannedEntry): AsyncGenerator<Buffer> {
  const file = await open(`${folder}/${entry.path}`, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    yield encodeTarHeader(headerOf(entry, size));
    yield* file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>;
    yield tarPadding(size);
  } finally {
    await file.close();
  }
}

function headerOf(entry: PlannedEntry, sizeBytes: number): TarEntry {
  const { path, type, mode, uid, gid, mtime, linkPath, device, xattrs } = entry;
  const header = { path, type, mode, uid, gid, uname: "", gname: "", sizeBytes, mtime, linkPath, xattrs };
  return { ...header, pax: new Map(), ...(device === undefined ? {} : { device }) };
}

function failed(words: string, hint = "see that the file system takes devices and extended attributes"): RootfsError {
  return new RootfsError("ROOTFS_UNWRITABLE", `cannot make devices, fifos or extended attributes: ${words}`, { hint });
}
