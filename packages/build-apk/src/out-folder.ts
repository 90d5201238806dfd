import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  encodeIndex,
  indexPackages,
  keyringOf,
  mergeIndexes,
  publicKeyOf,
  readIndex,
  requireIndexSigner,
  signPackage,
  type IndexRecord,
  type Repository,
} from "@apkmill/apk";
import { asideOf, digestOfFile, hexOf, pathExists, readFileWithin, writeFileAside, type Digest } from "@apkmill/core";
import type { BuildOptions, BuildPorts } from "./build-options.ts";

/** The folder of one architecture that a run fills, and what it may build with from there. */
export interface OutFolder {
  readonly arch: string;
  readonly path: string;
  readonly indexPath: string;
  /** What the index lists already; kept when it is written anew. */
  readonly listed: readonly IndexRecord[];
  /** Built here before and trusted, or built by this run: what environments may be made of. */
  readonly usable: readonly IndexRecord[];
}

/** Looks at what is in `outDir` for an architecture. @throws ApkError INDEX_FORMAT */
export async function openOutFolder(ports: BuildPorts, arch: string, options: BuildOptions): Promise<OutFolder> {
  const path = resolve(options.outDir, arch);
  const indexPath = join(path, "APKINDEX.tar.gz");
  const empty = { arch, path, indexPath, listed: [], usable: [] };
  if (!(await pathExists(indexPath))) return empty;
  const bytes = await readFileWithin(indexPath, ports.limits.indexBytes, "indexBytes");
  const index = readIndex(bytes, { limits: ports.limits, what: indexPath });
  const trusted = isTrusted(ports, indexPath, index, options);
  return { ...empty, listed: index.records, usable: trusted ? index.records : [] };
}

/** With a key, only what that key signed is ours; without one, everything in the folder is as good as what we add. */
function isTrusted(
  ports: BuildPorts,
  what: string,
  index: ReturnType<typeof readIndex>,
  { signingKey }: BuildOptions,
): boolean {
  if (signingKey === undefined) return true;
  try {
    requireIndexSigner(index, keyringOf([publicKeyOf(signingKey)]), what);
    return true;
  } catch {
    ports.log.warn(`${what} is not signed by ${signingKey.name}: packages that it lists are kept but not built with`);
    return false;
  }
}

/** The folder as a repository for environments; what it has wins over others of the same version. */
export function asRepository(folder: OutFolder, options: BuildOptions): Repository {
  return {
    location: resolve(options.outDir),
    tag: "",
    arch: folder.arch,
    records: folder.usable,
    signer: options.signingKey?.name,
  };
}

/** Puts a package from the store under its final name, signed when there is a key. */
export async function placePackage(
  ports: BuildPorts,
  folder: OutFolder,
  fileName: string,
  unsigned: Digest,
  { signingKey }: BuildOptions,
): Promise<{ readonly path: string; readonly sha256: string; readonly sizeBytes: number }> {
  const path = join(folder.path, fileName);
  const aside = asideOf(path);
  try {
    await mkdir(folder.path, { recursive: true });
    await ports.store.place(unsigned, aside);
    if (signingKey !== undefined) await signPackage(aside, signingKey, ports.limits);
    const { size } = await stat(aside);
    const sha256 = hexOf(await digestOfFile(aside));
    await rename(aside, path);
    return { path, sha256, sizeBytes: size };
  } finally {
    // Gone when it was renamed, unless both names were links to one file, where rename(2) does nothing.
    await rm(aside, { force: true });
  }
}

/** The folder with new packages in it; its index is written last, so that it never names what is not there. */
export async function listPackages(
  ports: BuildPorts,
  folder: OutFolder,
  paths: readonly string[],
  options: BuildOptions,
): Promise<OutFolder> {
  const added = await indexPackages(paths, { limits: ports.limits, arch: folder.arch });
  const listed = mergeIndexes(folder.listed, added);
  if (options.index ?? true) {
    const keys = options.signingKey === undefined ? [] : [options.signingKey];
    await writeFileAside(folder.indexPath, await encodeIndex(listed, { keys }));
  }
  return { ...folder, listed, usable: mergeIndexes(folder.usable, added) };
}
