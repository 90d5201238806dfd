import { closeSync, constants, fchmodSync, fchownSync, futimesSync, openSync, writeSync } from "node:fs";
import type { ContentPorts, StoredPackage } from "@apkmill/apk";
import { at, requireGoing, type Ground } from "./disk-ground.ts";
import type { PlannedEntry } from "./plan.ts";
import { filesByPackage, generatedFiles, readPackageFiles } from "./read-plan-entries.ts";

/**
 * Writes the content of every `file` of a plan. Inflating runs on the thread pool, several packages at once; writing is
 * synchronous, as five small system calls cost less than five trips through the pool.
 */
export async function writeFiles(
  ground: Ground,
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  entries: readonly PlannedEntry[],
): Promise<void> {
  for (const { entry, content } of generatedFiles(entries)) writeFile(ground, entry, [content]);
  // The largest first: one left for the end would be inflated alone.
  const queue = [...filesByPackage(entries)].sort(
    ([a], [b]) => unpackedBytes(packages[b]) - unpackedBytes(packages[a]),
  );
  await drain(queue, async ([index, wanted]) => {
    for await (const { entry, content } of readPackageFiles(ports, packages[index], wanted)) {
      requireGoing(ground);
      await writeStreamed(ground, entry, content);
    }
  });
}

/** More would not be faster on few cores, and each holds a window and chunks in memory. */
const streams = 4;

/** Works the queue off with a few workers; after a failure none takes more, and all have ended when it is thrown. */
async function drain<Item>(queue: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await work(item).catch((error: unknown) => {
        queue.length = 0;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: streams }, worker));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function unpackedBytes(stored: StoredPackage | undefined): number {
  return stored?.contents.unpackedSizeBytes ?? 0;
}

async function writeStreamed(ground: Ground, entry: PlannedEntry, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file = create(ground, entry);
  try {
    for await (const chunk of content) at(ground, entry.path, () => writeAll(file, chunk));
    settleFile(ground, entry, file);
  } finally {
    closeSync(file);
  }
}

function writeFile(ground: Ground, entry: PlannedEntry, chunks: readonly Uint8Array[]): void {
  const file = create(ground, entry);
  try {
    for (const chunk of chunks) at(ground, entry.path, () => writeAll(file, chunk));
    settleFile(ground, entry, file);
  } finally {
    closeSync(file);
  }
}

/** O_EXCL: a file that stands already, or a link, is an error and never written through. */
function create(ground: Ground, { path }: PlannedEntry): number {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  return at(ground, path, (target) => openSync(target, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600));
}

function writeAll(file: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.byteLength;) done += writeSync(file, chunk, done);
}

/** The owner first: changing it clears setuid and setgid. */
function settleFile(ground: Ground, { path, mode, uid, gid, mtime }: PlannedEntry, file: number): void {
  at(ground, path, () => {
    if (ground.owners === "apply") fchownSync(file, uid, gid);
    fchmodSync(file, mode);
    futimesSync(file, mtime, mtime);
  });
}
