import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  encodeIndex,
  indexPackages,
  writePackage,
  type PackageControl,
  type PackageItem,
  type SigningKey,
} from "@apkmill/apk";
import type { TarEntry } from "@apkmill/archive";
import { defaultLimits, hexOf, pathExists, writeFileAside, type Ports } from "@apkmill/core";
import { unpackDebianPackage } from "./debian-package.ts";

/**
 * A signed repository of two packages, enough to build and run the example: `base-layout` (directories, accounts, os-release) and
 * `busybox` (Debian's static build, with a link for each of its commands).
 */

const debianArchs = { x86_64: "amd64", aarch64: "arm64" } as const;
export type BaseArch = keyof typeof debianArchs;

/** Writes the repository for one architecture below `folder`, unless it is there; returns whether it had to. */
export async function makeBaseRepository(
  ports: Ports,
  arch: BaseArch,
  folder: string,
  key: SigningKey,
): Promise<boolean> {
  const index = join(folder, arch, "APKINDEX.tar.gz");
  if (await pathExists(index)) return false;
  const { binary, version } = await busyboxOf(ports, arch);
  const paths = [await writeBaseLayout(folder, arch, key), await writeBusybox(folder, arch, key, binary, version)];
  const records = await indexPackages(paths, { limits: defaultLimits, arch });
  await writeFileAside(
    index,
    await encodeIndex(records, { description: "base packages of apkmill's example", keys: [key] }),
  );
  return true;
}

/** Debian's busybox, from the store when it was fetched before. */
async function busyboxOf(ports: Ports, arch: BaseArch): Promise<{ binary: Buffer; version: string }> {
  const known = (await ports.store.fact("demo-busybox", arch)) as { sha256: string; version: string } | undefined;
  const path = known === undefined ? undefined : await ports.store.find(`sha256:${known.sha256}`);
  if (known !== undefined && path !== undefined) return { binary: await readFile(path), version: known.version };
  const scratch = join(ports.store.root, "tmp", `busybox-${arch}-${String(process.pid)}`);
  try {
    const { root, version } = await unpackDebianPackage("busybox-static", debianArchs[arch], scratch);
    const binary = await readFile(join(root, "bin", "busybox"));
    const sha256 = hexOf(await ports.store.put(binary));
    await ports.store.remember("demo-busybox", arch, { sha256, version });
    return { binary, version };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeBaseLayout(folder: string, arch: BaseArch, key: SigningKey): Promise<string> {
  const entries = [
    ...[
      "bin",
      "dev",
      "etc",
      "home",
      "lib",
      "proc",
      "root",
      "run",
      "sbin",
      "sys",
      "tmp",
      "usr",
      "usr/bin",
      "usr/lib",
      "usr/sbin",
      "usr/share",
      "var",
    ].map((path) => directory(path, { tmp: 0o1777, root: 0o700 }[path] ?? 0o755)),
    file("etc/group", "root:x:0:root\nnobody:x:65534:\n"),
    file("etc/os-release", 'ID=apkmill-example\nNAME="apkmill example"\nVERSION_ID=1\nPRETTY_NAME="apkmill example"\n'),
    file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
  ];
  return write(
    folder,
    key,
    {
      ...blank,
      name: "base-layout",
      version: "1.0.0-r0",
      arch,
      description: "Directories, accounts and os-release",
      origin: "base-layout",
    },
    entries,
  );
}

async function writeBusybox(
  folder: string,
  arch: BaseArch,
  key: SigningKey,
  binary: Buffer,
  version: string,
): Promise<string> {
  const links = commands.map((name) => symlink(`bin/${name}`, "busybox"));
  // The list is what an image builder reads, as the links of other distributions' busybox are made by a script.
  const list = file("etc/busybox-paths.d/busybox", `${commands.map((name) => `/bin/${name}`).join("\n")}\n`);
  const entries = [
    directory("bin", 0o755),
    directory("etc", 0o755),
    directory("etc/busybox-paths.d", 0o755),
    file("bin/busybox", binary, 0o755),
    list,
    ...links,
  ];
  const control = {
    ...blank,
    name: "busybox",
    version: `${version}-r0`,
    arch,
    description: "Debian's static busybox with its commands",
    origin: "busybox",
    license: "GPL-2.0-only",
    depends: ["base-layout"],
    provides: ["/bin/sh", ...["busybox", ...commands].map((name) => `cmd:${name}=${version}-r0`)],
  };
  return write(folder, key, control, entries);
}

async function write(
  folder: string,
  key: SigningKey,
  control: Omit<PackageControl, "dataHash">,
  entries: readonly PackageItem[],
): Promise<string> {
  const path = join(folder, control.arch, `${control.name}-${control.version}.apk`);
  const installedSizeBytes = entries.reduce((sum, { entry }) => sum + entry.sizeBytes, 0);
  await writePackage(path, {
    control: { ...control, installedSizeBytes },
    entries: [...entries].sort(byPath),
    key,
    mtime: 0,
  });
  return path;
}

const byPath = (a: PackageItem, b: PackageItem): number => (a.entry.path < b.entry.path ? -1 : 1);

const blank: Omit<PackageControl, "dataHash"> = {
  name: "",
  version: "",
  arch: "",
  description: "",
  url: "",
  license: "Apache-2.0",
  origin: "",
  maintainer: "apkmill example",
  commit: "",
  buildTime: 0,
  installedSizeBytes: 0,
  providerPriority: 0,
  depends: [],
  provides: [],
  installIf: [],
  replaces: [],
  replacesPriority: 0,
  triggers: [],
};

const plain: Omit<TarEntry, "path" | "type" | "mode" | "sizeBytes"> = {
  uid: 0,
  gid: 0,
  uname: "root",
  gname: "root",
  mtime: 0,
  linkPath: "",
  xattrs: new Map(),
  pax: new Map(),
};

function directory(path: string, mode: number): PackageItem {
  return { entry: { ...plain, path, type: "directory", mode, sizeBytes: 0 }, content: Buffer.alloc(0) };
}

function file(path: string, content: string | Buffer, mode = 0o644): PackageItem {
  const bytes = Buffer.from(content);
  return { entry: { ...plain, path, type: "file", mode, sizeBytes: bytes.length }, content: bytes };
}

function symlink(path: string, linkPath: string): PackageItem {
  return { entry: { ...plain, path, type: "symlink", mode: 0o777, sizeBytes: 0, linkPath }, content: Buffer.alloc(0) };
}

/** The commands that the example and its pipelines call, and those that one looks for in a shell. */
const commands = (
  "ash awk base64 basename cat chgrp chmod chown clear cmp cp cut date dd df diff dirname du echo env expr false find free grep gunzip gzip " +
  "head hostname id install kill less ln ls md5sum mkdir mktemp more mv nproc od patch printf ps pwd readlink realpath rm rmdir sed seq sh " +
  "sha256sum sha512sum sleep sort stat strings tail tar tee test touch tr true tty uname uniq unzip vi wc wget which whoami xargs xz yes"
).split(" ");
