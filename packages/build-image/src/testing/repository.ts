import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TarEntry } from "@apkmill/archive";
import {
  encodeIndex,
  generateKey,
  indexPackages,
  loadSigningKey,
  writePackage,
  type PackageControl,
  type SigningKey,
} from "@apkmill/apk";
import { ancestorsOf } from "@apkmill/rootfs";

/** A thing to put into a test's package. */
export interface Item {
  readonly entry: TarEntry;
  readonly content?: Buffer;
}

export interface TestPackage {
  readonly name: string;
  readonly version?: string;
  readonly control?: Partial<PackageControl>;
  /** Directories above them are added. */
  readonly items?: readonly Item[];
}

/** A signed repository on disk. */
export interface TestRepository {
  readonly path: string;
  readonly key: string;
}

/** Writes packages and a signed index for each architecture below `folder`. */
export async function makeRepository(
  folder: string,
  packages: readonly TestPackage[],
  archs: readonly string[] = ["x86_64"],
): Promise<TestRepository> {
  await mkdir(folder, { recursive: true });
  const key = await makeKey(folder);
  const path = join(folder, "repository");
  for (const arch of archs) {
    const files: string[] = [];
    for (const one of packages) files.push(await writeTestPackage(join(path, arch), arch, one));
    await writeIndex(path, files, key, arch);
  }
  return { path, key: join(folder, "test.rsa.pub") };
}

/** A key pair `test.rsa` in a folder. */
export async function makeKey(folder: string): Promise<SigningKey> {
  const { privatePem, publicPem } = await generateKey(2048);
  await writeFile(join(folder, "test.rsa"), privatePem);
  await writeFile(join(folder, "test.rsa.pub"), publicPem);
  return loadSigningKey(join(folder, "test.rsa"));
}

/** Signs an index of the files. */
export async function writeIndex(
  path: string,
  files: readonly string[],
  key: SigningKey,
  arch = "x86_64",
): Promise<void> {
  const records = await indexPackages(files, { arch });
  await writeFile(join(path, arch, "APKINDEX.tar.gz"), await encodeIndex(records, { keys: [key] }));
}

async function writeTestPackage(folder: string, arch: string, one: TestPackage): Promise<string> {
  const { name, version = "1-r0", control, items = [] } = one;
  const path = join(folder, `${name}-${version}.apk`);
  const written = { ...plainControl, arch, name, version, origin: name, ...control };
  await writePackage(path, { control: written, entries: withParents(items), mtime: 0 });
  return path;
}

/** With every directory above the items that is not listed before them, as packers do. */
export function withParents(items: readonly Item[]): Item[] {
  const listed = new Set<string>();
  return items.flatMap((item) => {
    const missing = ancestorsOf(item.entry.path).filter((path) => !listed.has(path));
    for (const path of [...missing, item.entry.path]) listed.add(path);
    return [...missing.map((path) => directory(path)), item];
  });
}

/** What a package says where a test does not care. */
export const plainControl: Omit<PackageControl, "name" | "version" | "dataHash" | "origin" | "arch"> = {
  description: "",
  url: "",
  license: "MIT",
  maintainer: "",
  commit: "",
  buildTime: 1_700_000_000,
  installedSizeBytes: 100,
  providerPriority: 0,
  depends: [],
  provides: [],
  installIf: [],
  replaces: [],
  replacesPriority: 0,
  triggers: [],
};

const plainEntry: Omit<TarEntry, "path" | "type"> = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "root",
  gname: "root",
  sizeBytes: 0,
  mtime: 1_600_000_000,
  linkPath: "",
  xattrs: new Map(),
  pax: new Map(),
};

/** A file whose content is its path unless given. */
export function file(path: string, content: string | Buffer = path, more: Partial<TarEntry> = {}): Item {
  const bytes = Buffer.from(content);
  return { entry: { ...plainEntry, path, type: "file", sizeBytes: bytes.length, ...more }, content: bytes };
}

export function directory(path: string, more: Partial<TarEntry> = {}): Item {
  return { entry: { ...plainEntry, path, type: "directory", mode: 0o755, ...more } };
}

export function symlink(path: string, linkPath: string): Item {
  return { entry: { ...plainEntry, path, type: "symlink", mode: 0o777, linkPath } };
}

export function hardlink(path: string, linkPath: string): Item {
  return { entry: { ...plainEntry, path, type: "hardlink", linkPath } };
}

export function device(path: string, major: number, minor: number): Item {
  return { entry: { ...plainEntry, path, type: "character", device: { major, minor } } };
}
