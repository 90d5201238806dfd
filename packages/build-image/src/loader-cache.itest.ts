import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { openLayout } from "@apkmill/oci";
import { openBench } from "./testing/bench.ts";
import { directory, file, makeRepository, symlink, type Item } from "./testing/repository.ts";
import { hasTool, runTool } from "./testing/unpacked.ts";
import { unpackImage } from "./unpack-image.ts";

/** glibc's own: the one writes the cache of a root, the other prints a cache in the order in which it stands. */
const ldconfig = ["/sbin/ldconfig", "/usr/sbin/ldconfig"].find((path) => hasTool(path));
const libraries = "/usr/lib/x86_64-linux-gnu";

const skip =
  (process.getuid?.() === 0 ? false : "needs root") ||
  (ldconfig === undefined ? "needs ldconfig" : false) ||
  (readdirOf(libraries).includes("libz.so.1") ? false : `needs ${libraries}/libz.so.1`);

describe("the cache of an image's loader", { skip }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  test("has what ldconfig finds in the same root, in the same order", async () => {
    const { path, key } = await makeRepository(bench.folder, [{ name: "libs", items: rootItems() }]);
    const config = `contents: {repositories: [${path}], keyring: [${key}], packages: [libs]}`;
    const { layout } = await bench.build(config);
    const root = join(bench.folder, "root");
    const image = await openLayout(layout, defaultLimits);
    mkdirSync(root);
    await unpackImage(image, image.platforms[0] ?? assert.fail(), root, defaultLimits);
    const cache = join(root, "etc/ld.so.cache");
    const ours = printCache(cache);
    rmSync(cache);
    runTool(ldconfig ?? "", "-X", "-r", root);
    assert.deepEqual(ours, printCache(cache));
    assert.ok(ours.length > 20);
  });
});

function printCache(path: string): string[] {
  const lines = runTool(ldconfig ?? "", "-p", "-C", path).split("\n");
  return lines.filter((line) => line.includes("=>")).map((line) => line.trim());
}

function readdirOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Libraries of this machine in several directories, and what looks like one. */
function rootItems(): Item[] {
  const library = readFileSync(join(libraries, "libz.so.1"));
  const real = readdirOf(libraries).filter((name) => /^lib[a-f].*\.so\.\d+$/.test(name));
  return [
    file("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n/opt/last # comment\n"),
    file("etc/ld.so.conf.d/20-second.conf", "/opt/second\n/nowhere\n/opt/link\n"),
    file("etc/ld.so.conf.d/3-third.conf", "/opt/third/\ninclude /etc/more.conf\n"),
    file("etc/more.conf", "/opt/second\n/opt/more\n"),
    directory("lib"),
    directory("usr/lib"),
    ...real.slice(0, 20).map((name) => file(`usr/lib/${name}`, readFileSync(join(libraries, name)))),
    file("opt/second/libz.so.1.2.9", library),
    file("opt/second/libz.so.1.2.13", library),
    symlink("opt/second/libz.so.1", "libz.so.1.2.13"),
    symlink("opt/second/libz.so", "libz.so.1"),
    symlink("opt/second/libdangling.so.1", "libnowhere.so.1"),
    symlink("opt/link", "second"),
    file("opt/second/libscript.so", "GROUP ( libz.so.1 )"),
    file("opt/second/libz.so.1-gdb.py", "print()"),
    file("opt/second/z.so", library),
    file("opt/third/libz.so.1", library),
    symlink("opt/third/libother.so.1", "/opt/second/libz.so.1.2.13"),
    symlink("opt/third/libz.so.0", "libz.so.1"),
    file("opt/third/glibc-hwcaps/x86-64-v3/libz.so.1", library),
    file("opt/third/glibc-hwcaps/x86-64-v2/libz.so.1", library),
    file("opt/last/libz.so.1", library),
    directory("opt/more/libdirectory.so"),
  ];
}
