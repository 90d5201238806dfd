import type { TarEntry } from "@apkmill/archive";
import { openPackageData, type ContentPorts, type StoredPackage } from "@apkmill/apk";
import { compareBytes, type Digest } from "@apkmill/core";
import { readLayerBlob } from "./layer-blob.ts";
import type { PlannedEntry } from "./plan.ts";
import { labelOf } from "./precedence.ts";
import { RootfsError } from "./rootfs-error.ts";
import { withAncestors } from "./stacked-tree.ts";

export interface PlannedContent {
  readonly entry: PlannedEntry;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Planned entries as tar entries with their content, in an order that every extractor takes and that reads each data
 * section once: directories; links, devices and fifos; generated files; files of standing layers; the files of each package in
 * archive order; hard links.
 * Entries and order follow from the arguments alone.
 * @throws RootfsError ROOTFS_STALE_PLAN when `packages` are not those of the plan
 */
export async function* readPlanEntries(
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  entries: readonly PlannedEntry[],
): AsyncGenerator<{ readonly entry: TarEntry; readonly content: AsyncIterable<Uint8Array> }> {
  const isFile = ({ type }: PlannedEntry): boolean => type === "file";
  const isHardLink = ({ type }: PlannedEntry): boolean => type === "hardlink";
  const isDirectory = ({ type }: PlannedEntry): boolean => type === "directory";
  for (const entry of entries.filter(isDirectory)) yield bare(entry);
  for (const entry of entries) if (!isDirectory(entry) && !isFile(entry) && !isHardLink(entry)) yield bare(entry);
  for (const { entry, content } of generatedFiles(entries)) yield { entry: tarEntryOf(entry), content: once(content) };
  for (const [layer, wanted] of filesByLayer(entries)) {
    for await (const { entry, content } of readLayerFiles(ports, layer, wanted)) {
      yield { entry: tarEntryOf(entry), content };
    }
  }
  for (const [index, wanted] of filesByPackage(entries)) {
    for await (const { entry, content } of readPackageFiles(ports, packages[index], wanted)) {
      yield { entry: tarEntryOf(entry), content };
    }
  }
  for (const entry of entries.filter(isHardLink)) yield bare(entry);
}

/**
 * The part of a plan that is these packages' own, with every directory above it: the entries of a rewritten or joined layer.
 * Directories that belong to other packages only are left out.
 */
export function entriesOfPackages(entries: readonly PlannedEntry[], packages: ReadonlySet<number>): PlannedEntry[] {
  return withAncestors(
    entries,
    entries.filter(({ source }) => source.kind === "package" && packages.has(source.package)),
  );
}

/** Files whose content was generated, in plan order. */
export function generatedFiles(entries: readonly PlannedEntry[]): { entry: PlannedEntry; content: Uint8Array }[] {
  return entries.flatMap((entry) =>
    entry.type === "file" && entry.source.kind === "generated" ? [{ entry, content: entry.source.content }] : [],
  );
}

/** Package index → archive position → the file that has its content; packages in order. */
export function filesByPackage(entries: readonly PlannedEntry[]): Map<number, Map<number, PlannedEntry>> {
  const files = new Map<number, Map<number, PlannedEntry>>();
  for (const entry of entries) {
    if (entry.type !== "file" || entry.source.kind !== "package") continue;
    const wanted = files.get(entry.source.package) ?? new Map<number, PlannedEntry>();
    files.set(entry.source.package, wanted.set(entry.source.entry, entry));
  }
  return new Map([...files].sort(([a], [b]) => a - b));
}

/** Digest of a standing layer → archive position → the file that has its content; layers by digest. */
function filesByLayer(entries: readonly PlannedEntry[]): Map<Digest, Map<number, PlannedEntry>> {
  const files = new Map<Digest, Map<number, PlannedEntry>>();
  for (const entry of entries) {
    if (entry.type !== "file" || entry.source.kind !== "layer") continue;
    const wanted = files.get(entry.source.layer) ?? new Map<number, PlannedEntry>();
    files.set(entry.source.layer, wanted.set(entry.source.entry, entry));
  }
  return new Map([...files].sort(([a], [b]) => compareBytes(a, b)));
}

async function* readLayerFiles(
  ports: ContentPorts,
  layer: Digest,
  wanted: ReadonlyMap<number, PlannedEntry>,
): AsyncGenerator<PlannedContent> {
  let position = 0;
  let remaining = wanted.size;
  for await (const item of readLayerBlob(ports, layer)) {
    const entry = wanted.get(position);
    position += 1;
    if (entry === undefined) continue;
    if (item.entry.sizeBytes !== entry.sizeBytes) throw stalePlan(`layer ${layer}`, `${entry.path} differs`);
    yield { entry, content: item.content };
    remaining -= 1;
    if (remaining === 0) return;
  }
  throw stalePlan(`layer ${layer}`, `${remaining} files are missing`);
}

/**
 * The wanted files of one package, in archive order; stops reading after the last.
 * @throws RootfsError ROOTFS_STALE_PLAN
 */
export async function* readPackageFiles(
  ports: ContentPorts,
  stored: StoredPackage | undefined,
  wanted: ReadonlyMap<number, PlannedEntry>,
): AsyncGenerator<PlannedContent> {
  if (stored === undefined) throw stalePlan("a package", "it is not among those given");
  let position = 0;
  let remaining = wanted.size;
  for await (const item of openPackageData(ports, stored)) {
    const entry = wanted.get(position);
    position += 1;
    if (entry === undefined) continue;
    if (item.entry.sizeBytes !== entry.sizeBytes) throw stalePlan(labelOf(stored.control), `${entry.path} differs`);
    yield { entry, content: item.content };
    remaining -= 1;
    if (remaining === 0) return;
  }
  throw stalePlan(labelOf(stored.control), `${remaining} files are missing`);
}

function stalePlan(label: string, problem: string): RootfsError {
  return new RootfsError("ROOTFS_STALE_PLAN", `cannot read the planned files of ${label}: ${problem}`, {
    kind: "bug",
    hint: "pass the packages that the plan was made from, in the same order",
    context: { package: label },
  });
}

function bare(entry: PlannedEntry): { entry: TarEntry; content: AsyncIterable<Uint8Array> } {
  return { entry: { ...tarEntryOf(entry), sizeBytes: 0 }, content: once() };
}

function tarEntryOf(entry: PlannedEntry): TarEntry {
  const { path, type, mode, uid, gid, uname, gname, sizeBytes, mtime, linkPath, device, xattrs } = entry;
  const body = {
    path,
    type,
    mode,
    uid,
    gid,
    uname,
    gname,
    sizeBytes,
    mtime,
    linkPath,
    xattrs,
    pax: new Map<string, string>(),
  };
  return device === undefined ? body : { ...body, device };
}

// eslint-disable-next-line @typescript-eslint/require-await -- async because consumers of content are
async function* once(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
