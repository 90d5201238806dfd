import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { encodeTarHeader, gzip, gzipBytes, tarPadding } from "@apkmill/archive";
import { asideOf, compareBytes, writeAside } from "@apkmill/core";
import { encodeDataTar, type PackageItem } from "./data-writer.ts";
import type { SigningKey } from "./keys.ts";
import { formatPackageControl } from "./package-control.ts";
import { identityOf } from "./package-head.ts";
import type { PackageControl, ScriptName } from "./package-info.ts";
import { encodeSignatureMember, sectionEntry } from "./signature.ts";

export interface WritePackageOptions {
  /** All but the datahash, which writing gives. */
  readonly control: Omit<PackageControl, "dataHash">;
  readonly scripts?: ReadonlyMap<ScriptName, Uint8Array>;
  /** More dot files for the control section, such as `.melange.yaml`. */
  readonly extraControlFiles?: ReadonlyMap<string, Uint8Array>;
  /** Directories before what is in them, hard link targets before links. */
  readonly entries: AsyncIterable<PackageItem> | Iterable<PackageItem>;
  /** Signs with RSA256; without one the package is unsigned. */
  readonly key?: SigningKey | undefined;
  /** Modification time of the files in the signature and control sections, in seconds; usually SOURCE_DATE_EPOCH. */
  readonly mtime: number;
}

export interface WrittenPackage {
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, 64 hex digits. */
  readonly sha256: string;
  /** `Q1…`, as an index names it. */
  readonly identity: string;
  /** SHA-256 of the compressed data section, 64 hex digits. */
  readonly dataHash: string;
}

/**
 * Writes a v2 package: the data section first, beside the target, because the control section states its hash; then all
 * three members under the final name. The same input gives the same bytes on any machine.
 * @throws ApkError APK_FORMAT, APK_CONTROL, APK_UNSAFE_PATH, APK_SIZE · CoreError FILE_UNWRITABLE
 */
export async function writePackage(path: string, options: WritePackageOptions): Promise<WrittenPackage> {
  const { control, entries, key, mtime } = options;
  const dataPath = asideOf(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const tar = encodeDataTar(entries, { what: `${control.name}-${control.version}`, spoolPath: asideOf(path) });
    const dataHash = await writeHashed(dataPath, gzip(tar));
    const controlMember = await encodeControlMember({ ...control, dataHash }, options);
    const signature = key === undefined ? [] : [await encodeSignatureMember(controlMember, [key], mtime)];
    const file = await writeAside(path, (handle) => joinMembers(handle, [...signature, controlMember], dataPath));
    return { path, ...file, identity: identityOf(controlMember), dataHash };
  } finally {
    await rm(dataPath, { force: true });
  }
}

async function writeHashed(path: string, source: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash("sha256");
  const handle = await open(path, "wx", 0o600);
  try {
    for await (const chunk of source) {
      sum.update(chunk);
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return sum.digest("hex");
}

/** `.PKGINFO` first, then the other files by name; a tar without end blocks, as clients read on into the data. */
async function encodeControlMember(
  control: PackageControl,
  { scripts = new Map(), extraControlFiles = new Map(), mtime }: WritePackageOptions,
): Promise<Buffer> {
  const others: (readonly [path: string, content: Uint8Array, mode: number])[] = [
    ...Array.from(extraControlFiles, ([path, content]) => [path, content, 0o644] as const),
    ...Array.from(scripts, ([name, content]) => [`.${name}`, content, 0o755] as const),
  ];
  const info = [".PKGINFO", Buffer.from(formatPackageControl(control)), 0o644] as const;
  const blocks = [info, ...others.sort(([a], [b]) => compareBytes(a, b))].flatMap(([path, content, mode]) => [
    encodeTarHeader(sectionEntry(path, content.length, { mode, mtime })),
    content,
    tarPadding(content.length),
  ]);
  return gzipBytes(Buffer.concat(blocks));
}

async function joinMembers(
  handle: FileHandle,
  members: readonly Buffer[],
  dataPath: string,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const sum = createHash("sha256");
  let sizeBytes = 0;
  const append = async (chunk: Uint8Array): Promise<void> => {
    sum.update(chunk);
    sizeBytes += chunk.length;
    await handle.writeFile(chunk);
  };
  for (const member of members) await append(member);
  for await (const chunk of createReadStream(dataPath, { highWaterMark: 1 << 20 })) await append(chunk as Buffer);
  return { sizeBytes, sha256: sum.digest("hex") };
}
