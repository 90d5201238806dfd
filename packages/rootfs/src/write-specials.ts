import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import type { Ground } from "./disk-ground.ts";
import type { PlannedEntry } from "./plan.ts";
import { RootfsError } from "./rootfs-error.ts";

/**
 * Devices, fifos and extended attributes: what Node has no call for. GNU tar, which every Debian and Ubuntu has, makes them
 * from an archive of just these entries. Files among them were written already and are read back from the disk.
 * Returns what was left out: without owners, devices and extended attributes are.
 *
 * Runs before hard links are made, as tar replaces the files it writes.
 * @throws RootfsError ROOTFS_UNWRITABLE with tar's own words
 */
export async function writeSpecials(
  ground: Ground,
  entries: readonly PlannedEntry[],
): Promise<{ readonly path: string; readonly what: string }[]> {
  const special = entries.filter((entry) => entry.type !== "hardlink" && (isNode(entry) || entry.xattrs.size > 0));
  const possible = ground.owners === "apply" ? special : special.filter(({ type }) => type === "fifo");
  if (possible.length > 0) await extract(ground, possible);
  return special
    .filter((entry) => !possible.includes(entry))
    .map((entry) => ({ path: entry.path, what: whatOf(entry) }));
}

/** True for what only {@link writeSpecials} makes. */
export function isNode({ type }: PlannedEntry): boolean {
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
  const fed = pipeline(Readable.from(archiveOf(ground, entries)), child.stdin).catch(() => undefined);
  const [status] = await ended.catch((cause: unknown) => {
    throw failed(cause instanceof Error ? cause.message : String(cause), "install GNU tar");
  });
  await fed;
  if (status !== 0) throw failed(Buffer.concat(words).toString("utf8").trim().slice(0, 500));
}

async function* archiveOf(ground: Ground, entries: readonly PlannedEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield encodeTarHeader(headerOf(entry));
    if (entry.type !== "file") continue;
    yield* createReadStream(`${ground.folder}/${entry.path}`) as AsyncIterable<Buffer>;
    yield tarPadding(entry.sizeBytes);
  }
  yield tarEnd;
}

function headerOf(entry: PlannedEntry): TarEntry {
  const { path, type, mode, uid, gid, mtime, linkPath, device, xattrs } = entry;
  const sizeBytes = type === "file" ? entry.sizeBytes : 0;
  const header = { path, type, mode, uid, gid, uname: "", gname: "", sizeBytes, mtime, linkPath, xattrs };
  return { ...header, pax: new Map(), ...(device === undefined ? {} : { device }) };
}

function failed(words: string, hint = "see that the file system takes devices and extended attributes"): RootfsError {
  return new RootfsError("ROOTFS_UNWRITABLE", `cannot make devices, fifos or extended attributes: ${words}`, { hint });
}
