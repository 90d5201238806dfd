import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits, type Store } from "@apkmill/core";
import { openLayout } from "@apkmill/oci";
import type { BuiltImage } from "./built-image.ts";
import { inspectImage, type InspectedPlatform } from "./inspect-image.ts";
import { layeringStrategies, type LayeringStrategy } from "./plan-layers.ts";
import { readStackedImage } from "./stacked-image.ts";
import { openBench, withCode, type Bench } from "./testing/bench.ts";
import { differentPaths, installManifest } from "./testing/install-manifest.ts";
import { directory, file, makeRepository, type TestPackage, type TestRepository } from "./testing/repository.ts";
import { capability, troublesome, troublesomeImage } from "./testing/troublesome.ts";
import { hasTool, rootOf, runTool } from "./testing/unpacked.ts";

const umoci = hasTool("umoci") && process.getuid?.() === 0 ? false : "needs umoci, root";

describe("layers of troublesome packages", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  const layouts = new Map<LayeringStrategy, string>();

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(bench.folder, troublesome);
    for (const layering of layeringStrategies)
      layouts.set(layering, (await bench.build(troublesomeImage(repository), { layering })).layout);
  });
  after(() => bench.close());

  const inspected = (strategy: LayeringStrategy): Promise<InspectedPlatform> => inspect(layouts.get(strategy) ?? "");

  test("unpack to one tree under every strategy", async () => {
    const { tree: single = [] } = await inspected("single");
    for (const strategy of layeringStrategies) assert.deepEqual((await inspected(strategy)).tree, single, strategy);
    const tree = single.join("\n");
    const row = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll(" ", "\t")}`, "m");
    assert.match(tree, row("f 644 0 0 40000 \\S+ \\S+ \\./usr/lib/libcross.so"));
    assert.match(tree, row("f 755 0 0 4 \\S+ \\S+ \\./usr/lib/cross-pong usr/lib/cross-ping"));
    assert.match(tree, row("f 644 77 77 1 \\S+ \\S+ \\./srv/owned"));
    assert.match(tree, row("f 644 0 0 5 \\S+ \\S+ \\./etc/shared.conf"));
    assert.match(tree, row("f 4755 0 0 60000 \\S+ \\S+ \\./usr/a-first $"));
    assert.match(tree, row("f 4755 0 0 60000 \\S+ \\S+ \\./usr/z-tool usr/a-first"));
    assert.match(tree, row("f 644 0 0 0 \\S+ \\S+ \\./etc/before"));
    assert.match(tree, row("d 1777 0 0 - - - \\./srv/sticky"));
    assert.match(tree, row("f 6711 0 0 1 \\S+ \\S+ \\./srv/group/suid"));
    assert.match(tree, row("c 644 0 0 4,300 \\S+ - \\./srv/nodes/high"));
    assert.ok(single.some((line) => (line.split("\t")[7]?.length ?? 0) > 400));
  });

  test("are what repo install lays, but for what inspect says was generated", async () => {
    const world = troublesome.map(({ name }) => name);
    const place = { location: repository.path, key: repository.key, world, arch: "x86_64" };
    const installed = await installManifest(bench.ports, place);
    const { tree = [], generated } = await inspected("auto");
    const named = new Set(generated.map(({ path }) => path));
    // apk 3's form of the scripts is made by an install only; the tool's file got a further name from the configuration.
    assert.deepEqual(
      differentPaths(tree, installed).filter((path) => !named.has(path)),
      ["usr/a-tool", "usr/lib/apk/db/scripts.tar.gz", "usr/z-tool"],
    );
  });

  test("stay within what Docker takes, and name every package once", async () => {
    for (const strategy of layeringStrategies) {
      const { layers } = await inspected(strategy);
      assert.ok(layers.length <= { auto: 60 + 16, package: 110, origin: 10, single: 0 }[strategy] + 1, strategy);
      const held = layers.flatMap(({ packages }) => packages);
      assert.deepEqual(
        held.map((label) => label.replace(/=.*/, "")).sort(),
        troublesome.map(({ name }) => name).sort(),
      );
    }
  });

  test("have for every package an answer how it is there and why", async () => {
    const { platforms } = await bench.build(troublesomeImage(repository), { dryRun: true });
    const placed = new Map((platforms[0]?.placed ?? []).map((one) => [one.package.replace(/=.*/, ""), one]));
    const anew = [...placed].filter(([, { how }]) => how === "rewritten").map(([name]) => name);
    assert.deepEqual(anew.sort(), ["before", "crossing", "owned"]);
    assert.match(placed.get("crossing")?.why ?? "", /link/);
    assert.match(placed.get("owned")?.why ?? "", /77:77/);
    assert.match(placed.get("before")?.why ?? "", /etc\/shared\.conf/);
    assert.equal(placed.get("linked")?.how, "verbatim");
    assert.equal(placed.get("tiny-7")?.how, "joined");
    assert.equal(placed.size, troublesome.length);
  });

  test("name every entry that is not as a package brought it", async () => {
    const reasons = new Map((await inspected("auto")).generated.map(({ path, reason }) => [path, reason]));
    assert.match(reasons.get("etc/before") ?? "", /changed: other content than that of before-1-r0/);
    assert.match(reasons.get("usr/ping") ?? "", /changed: other owner or mode than capable-1-r0/);
    assert.equal(reasons.get("home/app"), "home directory of app");
    assert.equal(reasons.get("srv/keeper"), "home directory of keeper");
    assert.equal(reasons.get("dev/null"), "device node");
    assert.equal(reasons.get("usr/a-first"), "path of the configuration");
    assert.equal(reasons.get("usr/lib/apk/db/installed"), "package database");
    for (const path of ["srv/owned", "usr/a-tool", "etc/shared.conf", "usr/lib/libcross.so", "srv/both", "lib"])
      assert.equal(reasons.get(path), undefined, path);
  });

  test("keep capabilities, under every strategy, whether written anew or not", async () => {
    for (const path of layouts.values()) {
      const layout = await openLayout(path, defaultLimits);
      const [platform] = layout.platforms;
      assert.ok(platform !== undefined);
      const { tree } = await readStackedImage(layout, platform, defaultLimits);
      for (const name of ["usr/ping", "usr/large-ping", "usr/lib/cross-ping", "usr/lib/cross-pong"]) {
        const kept = tree.get(name)?.entry.xattrs.get("security.capability") ?? Buffer.alloc(0);
        assert.equal(Buffer.compare(kept, capability), 0, name);
      }
    }
  });

  for (const strategy of layeringStrategies) {
    test(`unpack with umoci to the same, layered by ${strategy}`, { skip: umoci }, async () => {
      const bundle = join(bench.folder, `bundle-${strategy}`);
      runTool("umoci", "unpack", "--image", `${layouts.get(strategy) ?? ""}:latest`, bundle);
      assert.deepEqual(rootOf(join(bundle, "rootfs")), (await inspected(strategy)).tree);
    });
  }

  test("are remembered: a build in which nothing changed packs none of them again", async () => {
    const { store, writes } = countingStore(bench.ports.store);
    const { layout } = await bench.build(troublesomeImage(repository), {}, { store });
    assert.deepEqual((await inspect(layout)).layers, (await inspected("auto")).layers);
    assert.equal(writes(), 0);
  });

  test("compressed with zstd hold the same, and are remembered as well", async () => {
    const { store, writes } = countingStore(bench.ports.store);
    const build = () => bench.build(troublesomeImage(repository), { compression: "zstd" }, { store });
    const { layout } = await build();
    const [platform] = (await openLayout(layout, defaultLimits)).platforms;
    const [auto] = (await openLayout(layouts.get("auto") ?? "", defaultLimits)).platforms;
    assert.deepEqual(platform?.config.rootfs, auto?.config.rootfs);
    const types = new Set(platform?.manifest.layers.map(({ mediaType }) => mediaType));
    assert.deepEqual([...types], ["application/vnd.oci.image.layer.v1.tar+zstd"]);
    assert.equal(writes(), platform?.manifest.layers.length);
    assert.equal((await build()).digest, (await openLayout(layout, defaultLimits)).top.digest);
    assert.equal(writes(), platform?.manifest.layers.length);
  });
});

/** The same store, and how many blobs were streamed into it. */
function countingStore(store: Store): { readonly store: Store; readonly writes: () => number } {
  let count = 0;
  const write = (): ReturnType<Store["write"]> => {
    count += 1;
    return store.write();
  };
  return { store: { ...store, write }, writes: () => count };
}

describe("what no layer can hold", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  async function build(name: string, packages: readonly TestPackage[], more = ""): Promise<BuiltImage> {
    const { path, key } = await makeRepository(await openFolder(bench, name), packages);
    const names = packages.map((one) => one.name).join(", ");
    return bench.build(`contents: {repositories: [${path}], keyring: [${key}], packages: [${names}]}\n${more}`);
  }

  test("a file that would be read as a deletion is refused", async () => {
    for (const [index, name] of ["etc/.wh.passwd", "etc/.wh..wh..opq"].entries()) {
      const hostile = [{ name: "hostile", items: [file(name)] }];
      await assert.rejects(build(`whiteout-${String(index)}`, hostile), withCode("IMAGE_UNSUPPORTED"), name);
    }
  });

  test("one at the top level is left out, as everything there that begins with a dot", async () => {
    const packages = [
      { name: "base", items: [file("etc/kept")] },
      { name: "hostile", items: [file(".wh.etc/x"), file("usr/x")] },
    ];
    const { tree = [] } = await inspect((await build("top", packages)).layout);
    assert.ok(tree.some((line) => line.endsWith("./etc/kept\t")) && !tree.some((line) => line.includes(".wh.")));
  });

  test("a file in place of another package's directory is refused, as apk refuses it", async () => {
    const packages = [
      { name: "folder", items: [directory("srv/thing")] },
      { name: "single", control: { replaces: ["folder"], depends: ["folder"] }, items: [file("srv/thing")] },
    ];
    await assert.rejects(build("over", packages), withCode("ROOTFS_CONFLICT"));
  });
});

async function openFolder({ folder }: Bench, name: string): Promise<string> {
  await mkdir(join(folder, name));
  return join(folder, name);
}

async function inspect(layout: string): Promise<InspectedPlatform> {
  const image = await inspectImage(layout, defaultLimits, { tree: true });
  return image.platforms[0] ?? assert.fail("no platform");
}
