import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { encodeTarHeader, gzipBytes, tarEnd, tarPadding } from "@apkmill/archive";
import type { PackageEntry, StoredPackage } from "@apkmill/apk";
import { defaultLimits, type Store } from "@apkmill/core";
import { directory, file, hardlink, packageOf, symlink } from "../testing/build-package.ts";
import { openBench } from "../testing/corpora.ts";
import { elfOf, type TestLibrary } from "../testing/elf.ts";
import { planOf } from "../testing/plan-of.ts";
import { readLoaderCache } from "../testing/read-loader-cache.ts";
import { rootOf } from "../testing/root-of.ts";
import { describeLoaderCache } from "./loader-cache.ts";

/** `path -> target`, `path = target` or the name of a library file. */
type Files = Readonly<Record<string, TestLibrary | string>>;

interface Case {
  readonly store: Store;
  readonly stored: StoredPackage;
  cached(arch?: string): Promise<string[]>;
}

/** A package with `etc/ld.so.conf` and these files: a text is a link, or a hard link when it begins with `=`. */
async function caseOf(t: TestContext, files: Files, settings = "/opt/lib\n"): Promise<Case> {
  const { store } = await openBench(t);
  const contents = new Map<string, Buffer>([["etc/ld.so.conf", Buffer.from(settings)]]);
  const entries: PackageEntry[] = [directory("lib"), file("etc/ld.so.conf", settings)];
  for (const [path, one] of Object.entries(files)) {
    if (typeof one === "string") entries.push(one.startsWith("=") ? hardlink(path, one.slice(1)) : symlink(path, one));
    else {
      contents.set(path, elfOf(one));
      entries.push(file(path, elfOf(one).toString("latin1"), { sizeBytes: elfOf(one).length }));
    }
  }
  const stored = await storeBinary(store, packageOf("libs", entries), contents);
  const tree = rootOf(planOf([stored]).entries, () => settings);
  const cached = async (arch = "x86_64"): Promise<string[]> => {
    const cache = await describeLoaderCache({ store, limits: defaultLimits }, tree, { packages: [stored], arch });
    assert.ok(cache !== undefined);
    return [...readLoaderCache(cache.content), ...cache.foreign.map((path) => `foreign ${path}`)];
  };
  return { store, stored, cached };
}

async function storeBinary(
  store: Store,
  built: StoredPackage,
  contents: ReadonlyMap<string, Buffer>,
): Promise<StoredPackage> {
  const parts = built.contents.entries.flatMap((entry) => {
    const body = contents.get(entry.path) ?? Buffer.alloc(0);
    return [encodeTarHeader(entry), body, tarPadding(body.length)];
  });
  const packed = Buffer.from(await gzipBytes(Buffer.concat([...parts, tarEnd])));
  return { ...built, data: { digest: await store.put(packed), sizeBytes: packed.length } };
}

const z1 = { soname: "libz.so.1" } as const;

/** What a directory holds, and the lines of the cache. */
const rows: readonly [string, Files, string[]][] = [
  ["a file under its own name", { "opt/lib/libz.so.1": z1 }, ["libz.so.1 303 /opt/lib/libz.so.1"]],
  [
    "a file with the link of its soname",
    { "opt/lib/libz.so.1.2": z1, "opt/lib/libz.so.1": "libz.so.1.2" },
    ["libz.so.1 303 /opt/lib/libz.so.1"],
  ],
  [
    "the link for the linker too",
    { "opt/lib/libz.so.1": z1, "opt/lib/libz.so": "libz.so.1" },
    ["libz.so.1 303 /opt/lib/libz.so.1", "libz.so 303 /opt/lib/libz.so"],
  ],
  ["a file whose soname nothing is called", { "opt/lib/libz.so.1.2": z1 }, ["libz.so.1 303 /opt/lib/libz.so.1.2"]],
  [
    "the newer of two files of one soname, by number",
    { "opt/lib/libz.so.1.9": z1, "opt/lib/libz.so.1.10": z1 },
    ["libz.so.1 303 /opt/lib/libz.so.1.10"],
  ],
  [
    "a library without a soname under its name",
    { "opt/lib/libplugin.so": {} },
    ["libplugin.so 303 /opt/lib/libplugin.so"],
  ],
  [
    "a link to a file elsewhere",
    { "srv/plugin.bin": z1, "opt/lib/libz.so.1": "/srv/plugin.bin" },
    ["libz.so.1 303 /opt/lib/libz.so.1"],
  ],
  [
    "a hard link",
    { "opt/lib/liba.so.1": { soname: "liba.so.1" }, "opt/lib/libb.so.1": "=opt/lib/liba.so.1" },
    ["liba.so.1 303 /opt/lib/liba.so.1"],
  ],
  [
    "both machines of a platform",
    { "opt/lib/libz.so.1": z1, "lib/libz.so.1": { ...z1, machine: 3, wide: false } },
    ["libz.so.1 303 /opt/lib/libz.so.1", "libz.so.1 3 /lib/libz.so.1"],
  ],
  [
    "one of a foreign machine, apart",
    { "opt/lib/libz.so.1": { ...z1, machine: 183 }, "opt/lib/liba.so": {} },
    ["liba.so 303 /opt/lib/liba.so", "foreign /opt/lib/libz.so.1"],
  ],
  [
    "the ones for newer processors first",
    { "opt/lib/libz.so.1": z1, "opt/lib/glibc-hwcaps/x86-64-v3/libz.so.1": z1 },
    ["libz.so.1 303 /opt/lib/glibc-hwcaps/x86-64-v3/libz.so.1 x86-64-v3", "libz.so.1 303 /opt/lib/libz.so.1"],
  ],
  ["nothing of a dangling link", { "opt/lib/libz.so.1": "nowhere" }, []],
  ["nothing of other names", { "opt/lib/z.so": {}, "opt/lib/libz.a": {} }, []],
];

describe("the cache of the loader", () => {
  for (const [what, files, expected] of rows) {
    test(`has ${what}`, async (t) => {
      assert.deepEqual(await (await caseOf(t, files)).cached(), expected);
    });
  }

  test("is in the order that the loader searches in", async (t) => {
    const names = ["libz.so.1", "libz.so.10", "libz.so.9", "liba.so", "lib2.so", "ld-linux-x86-64.so.2"];
    const files = Object.fromEntries(names.map((name) => [`opt/lib/${name}`, { soname: name }]));
    const lines = await (await caseOf(t, files)).cached();
    const order = ["libz.so.10", "libz.so.9", "libz.so.1", "liba.so", "lib2.so", "ld-linux-x86-64.so.2"];
    assert.deepEqual(
      lines.map((line) => line.split(" ")[0]),
      ["lib2.so", ...order.filter((name) => name !== "lib2.so")],
    );
  });

  test("has the order of bytes of its machine", async (t) => {
    const one = await caseOf(t, { "opt/lib/libz.so.1": { ...z1, machine: 22, little: false } });
    assert.deepEqual(await one.cached("s390x"), ["libz.so.1 403 /opt/lib/libz.so.1"]);
  });

  test("is made again without inflating, and damaged facts are computed again", async (t) => {
    const one = await caseOf(t, { "opt/lib/libz.so.1": z1 });
    const expected = await one.cached();
    const blob = (await one.store.find(one.stored.data.digest)) ?? assert.fail();
    const bytes = readFileSync(blob);
    writeFileSync(blob, "gone");
    assert.deepEqual(await one.cached(), expected);

    const folder = join(one.store.root, "facts", "libraries-1");
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (name.length > 40) writeFileSync(join(folder, name), "damaged");
    }
    writeFileSync(blob, bytes);
    assert.deepEqual(await one.cached(), expected);
  });

  test("is not made without etc/ld.so.conf, or where glibc is not", async (t) => {
    const { store, stored } = await caseOf(t, {});
    const ports = { store, limits: defaultLimits };
    const bare = rootOf(planOf([packageOf("a", [directory("lib")])]).entries, () => "");
    assert.equal(await describeLoaderCache(ports, bare, { packages: [], arch: "x86_64" }), undefined);
    const root = rootOf(planOf([stored]).entries, () => "");
    assert.equal(await describeLoaderCache(ports, root, { packages: [stored], arch: "mips" }), undefined);
  });
});
