import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  encodeIndex,
  generateKey,
  indexPackages,
  loadSigningKey,
  writePackage,
  type PackageControl,
  type PackageItem,
  type ScriptName,
  type SigningKey,
} from "@apkmill/apk";
import { ancestorsOf } from "../entry-path.ts";
import { corpora, missing, packageFiles } from "./corpora.ts";

/** The other implementation: apk-tools 2.14 of the Alpine corpus, with the libraries that it needs. */
const alpine = "alpine-3.19-x86_64/apks/x86_64";

/** For a test's `skip`: why the real client cannot run here, or false. */
export const noRealClient: string | false =
  missing(alpine) ||
  (process.arch === "x64" ? false : "needs an x86_64 machine") ||
  (process.getuid?.() === 0 ? false : "needs root, as apk sets owners") ||
  (existsSync("/usr/bin/bwrap") ? false : "needs bubblewrap");

export interface ClientRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the client on `root`, which it sees as `/root` beside nothing but `folder` (read-only, at its own path). */
export type RealClient = (root: string, ...words: readonly string[]) => ClientRun;

/** Unpacks the client below `folder`. Repositories and packages that it is to read must be below `folder` too. */
export function openRealClient(folder: string): RealClient {
  const home = join(folder, "client");
  for (const point of ["proc", "dev", "root", "srv"]) mkdirSync(join(home, point), { recursive: true });
  const wanted = /^(apk-tools|musl|libcrypto3|libssl3|zlib)-\d/;
  for (const label of packageFiles(alpine).filter((candidate) => wanted.test(candidate))) {
    const path = join(corpora, alpine, `${label}.apk`);
    execFileSync("tar", ["-C", home, "-xzf", path], { stdio: "ignore" });
  }
  return (root, ...words) => {
    const sandbox = [
      "--unshare-pid",
      "--unshare-net",
      "--unshare-ipc",
      "--ro-bind",
      home,
      "/",
      "--proc",
      "/proc",
      "--dev",
      "/dev",
    ];
    const mounts = ["--bind", root, "/root", "--ro-bind", folder, "/srv", "--chdir", "/"];
    const options = ["--root", "/root", "--keys-dir", "/srv/keys", "--no-network", "--no-cache"];
    return spawnSync("bwrap", [...sandbox, ...mounts, "/sbin/apk", ...options, ...words], {
      encoding: "utf8",
      timeout: 20_000,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
  };
}

/** A package of a test's own making. */
export interface OwnPackage {
  readonly name: string;
  readonly version?: string;
  readonly control?: Partial<PackageControl>;
  /** Directories above them are added. */
  readonly items?: readonly PackageItem[];
  readonly scripts?: Readonly<Partial<Record<ScriptName, string>>>;
}

/** A key, its public half where the client looks for it. */
export async function makeKey(folder: string): Promise<SigningKey> {
  const { privatePem, publicPem } = await generateKey(2048);
  mkdirSync(join(folder, "keys"), { recursive: true });
  writeFileSync(join(folder, "keys/own.rsa.pub"), publicPem);
  return loadSigningKey(privatePem, { name: "own.rsa.pub" });
}

/** Writes a signed repository `folder/name`; returns its path. */
export async function makeRepository(
  folder: string,
  name: string,
  key: SigningKey,
  packages: readonly OwnPackage[],
): Promise<string> {
  const path = join(folder, name);
  const files: string[] = [];
  mkdirSync(join(path, "x86_64"), { recursive: true });
  for (const one of packages) files.push(await writeOwnPackage(join(path, "x86_64"), key, one));
  const records = await indexPackages(files, { arch: "x86_64" });
  writeFileSync(join(path, "x86_64/APKINDEX.tar.gz"), await encodeIndex(records, { keys: [key] }));
  return path;
}

async function writeOwnPackage(folder: string, key: SigningKey, one: OwnPackage): Promise<string> {
  const { name, version = "1-r0", control, items = [], scripts = {} } = one;
  const path = join(folder, `${name}-${version}.apk`);
  const written = { ...plainControl, name, version, origin: name, description: name, ...control };
  const bodies = new Map(
    Object.entries(scripts).map(([script, body]) => [script as ScriptName, Buffer.from(body)] as const),
  );
  await writePackage(path, { control: written, entries: withParents(items), scripts: bodies, key, mtime: 0 });
  return path;
}

function withParents(items: readonly PackageItem[]): PackageItem[] {
  const listed = new Set(items.filter(({ entry }) => entry.type === "directory").map(({ entry }) => entry.path));
  return items.flatMap((item) => {
    const lacking = ancestorsOf(item.entry.path).filter((path) => !listed.has(path));
    for (const path of lacking) listed.add(path);
    return [...lacking.map((path) => own.directory(path)), item];
  });
}

const plainControl: Omit<PackageControl, "name" | "version" | "dataHash" | "origin" | "description"> = {
  arch: "x86_64",
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

const plainEntry: Omit<PackageItem["entry"], "path" | "type"> = {
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

type More = Partial<PackageItem["entry"]>;

/** Items of a package, with content: a file's is its path unless given. */
export const own = {
  file: (path: string, text = path, more: More = {}): PackageItem => {
    const content = Buffer.from(text);
    return { entry: { ...plainEntry, path, type: "file", sizeBytes: content.length, ...more }, content };
  },
  directory: (path: string, more: More = {}): PackageItem => ({
    entry: { ...plainEntry, path, type: "directory", mode: 0o755, ...more },
  }),
  symlink: (path: string, linkPath: string): PackageItem => ({
    entry: { ...plainEntry, path, type: "symlink", mode: 0o777, linkPath },
  }),
  hardlink: (path: string, linkPath: string): PackageItem => ({
    entry: { ...plainEntry, path, type: "hardlink", linkPath },
  }),
} as const;
