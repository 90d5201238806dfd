import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { TarEntry } from "@apkmill/archive";
import { createHttpClient, defaultLimits, openStore, silentLogger, type Ports } from "@apkmill/core";
import type { PackageItem } from "../data-writer.ts";
import { keyringOf, parsePublicKey } from "../keyring.ts";
import type { Keyring, SigningKey } from "../keys.ts";
import type { PackageControl } from "../package-info.ts";
import { writePackage, type WrittenPackage } from "../package-writer.ts";

/** A folder that is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-apk-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Ports with a store in `folder`; HTTP gives up at once. */
export async function testPorts(t: TestContext, folder: string): Promise<Ports> {
  const http = createHttpClient();
  t.after(() => {
    http.close();
  });
  return {
    http: { ...http, request: (url, options) => http.request(url, { ...options, retryBudgetMs: 0 }) },
    store: await openStore(join(folder, "store")),
    log: silentLogger,
    limits: defaultLimits,
    now: () => 0,
    env: {},
    signal: new AbortController().signal,
  };
}

/** A new key and the keyring that knows it. */
export function testKey(name = "test.rsa.pub"): {
  key: SigningKey;
  keyring: Keyring;
  privatePem: string;
  publicPem: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const privatePem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  return {
    key: { name, key: privateKey },
    keyring: keyringOf([parsePublicKey(name, publicPem)]),
    privatePem,
    publicPem,
  };
}

export function testEntry(changes: Partial<TarEntry> & { readonly path: string }): TarEntry {
  return {
    type: "file",
    mode: changes.type === "directory" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    uname: "root",
    gname: "root",
    sizeBytes: 0,
    mtime: 1_700_000_000,
    linkPath: "",
    xattrs: new Map(),
    pax: new Map(),
    ...changes,
  };
}

/** A file with text in it. */
export function testFile(path: string, text: string, changes: Partial<TarEntry> = {}): PackageItem {
  const content = Buffer.from(text);
  return { entry: testEntry({ path, sizeBytes: content.length, ...changes }), content };
}

export function testControl(changes: Partial<PackageControl> = {}): PackageControl {
  return {
    name: "hello",
    version: "1.0-r0",
    arch: "x86_64",
    description: "greets",
    url: "https://example.org/hello",
    license: "MIT",
    origin: "hello",
    maintainer: "",
    commit: "c0ffee",
    buildTime: 1_700_000_000,
    installedSizeBytes: 4096,
    providerPriority: 0,
    depends: ["so:libc.musl-x86_64.so.1"],
    provides: ["cmd:hello=1.0-r0"],
    installIf: [],
    replaces: [],
    replacesPriority: 0,
    triggers: [],
    dataHash: "",
    ...changes,
  };
}

/** A payload with an entry of every common kind. */
export const testPayload: readonly PackageItem[] = [
  { entry: testEntry({ path: "usr", type: "directory" }) },
  { entry: testEntry({ path: "usr/bin", type: "directory" }) },
  testFile("usr/bin/hello", "#!/bin/sh\necho hello\n", { mode: 0o4755 }),
  { entry: testEntry({ path: "usr/bin/hi", type: "hardlink", linkPath: "usr/bin/hello", mode: 0o4755 }) },
  { entry: testEntry({ path: "usr/bin/hey", type: "symlink", linkPath: "hello", mode: 0o777 }) },
  testFile("usr/bin/empty", "", { xattrs: new Map([["user.colour", Uint8Array.from([1, 0, 255])]]) }),
  {
    entry: testEntry({
      path: "usr/share",
      type: "directory",
      mode: 0o1777,
      uid: 100,
      gid: 101,
      uname: "games",
      gname: "games",
    }),
  },
];

/** Writes `hello-1.0-r0.apk` (or as changed) into `folder`. */
export async function writeTestPackage(
  folder: string,
  options: { control?: Partial<PackageControl>; entries?: readonly PackageItem[]; key?: SigningKey } = {},
): Promise<WrittenPackage> {
  const control = testControl(options.control);
  return writePackage(join(folder, `${control.name}-${control.version}.apk`), {
    control,
    scripts: new Map([["post-install", Buffer.from("#!/bin/sh\n")]]),
    extraControlFiles: new Map([[".melange.yaml", Buffer.from("package: {}\n")]]),
    entries: options.entries ?? testPayload,
    key: options.key,
    mtime: 1_700_000_000,
  });
}
