import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { openLayout } from "@apkmill/oci";
import { inspectImage } from "./inspect-image.ts";
import { layeringStrategies, type LayeringStrategy } from "./plan-layers.ts";
import { readStackedImage } from "./stacked-image.ts";
import { openBench, withCode, type Bench } from "./testing/bench.ts";
import {
  directory,
  file,
  hardlink,
  makeRepository,
  symlink,
  type TestPackage,
  type TestRepository,
} from "./testing/repository.ts";
import { hasTool, rootOf, runTool } from "./testing/unpacked.ts";

/** Packages that make trouble for whoever uses their data as layers, each in its own way. */
const troublesome: TestPackage[] = [
  {
    name: "layout",
    items: [
      directory("usr/lib"),
      symlink("lib", "usr/lib"),
      file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nkeeper:x:77:77:keeper:/srv/keeper:/bin/sh\n"),
      file("etc/group", "root:x:0:\nkeeper:x:77:\n"),
      directory("srv", { mode: 0o755 }),
    ],
  },
  { name: "crossing", control: { depends: ["layout"] }, items: [file("lib/libcross.so", Buffer.alloc(40_000, 1))] },
  {
    name: "owned",
    control: { depends: ["layout"] },
    items: [file("srv/owned", "x", { uname: "keeper", gname: "keeper", uid: 5, gid: 5 })],
  },
  { name: "before", items: [file("etc/shared.conf", "before"), file("etc/before", Buffer.alloc(50_000, 2))] },
  { name: "later", control: { replaces: ["before"], depends: ["before"] }, items: [file("etc/shared.conf", "later")] },
  {
    name: "linked",
    items: [file("usr/z-tool", Buffer.alloc(60_000, 3), { mode: 0o4755 }), hardlink("usr/a-tool", "usr/z-tool")],
  },
  { name: "narrow", items: [directory("srv/both", { mode: 0o700, uid: 3, uname: "" }), file("srv/both/narrow")] },
  { name: "wide", items: [directory("srv/both", { mode: 0o777 }), file("srv/both/wide")] },
  { name: "deep", items: [file(`${"a-rather-long-name-of-a-directory/".repeat(12)}file`)] },
  {
    name: "capable",
    items: [file("usr/ping", "ping", { mode: 0o755, xattrs: new Map([["security.capability", capability()]]) })],
  },
  { name: "unlisted", items: [file("usr/ü mlaut/naïve file")] },
  ...Array.from({ length: 200 }, (_, index): TestPackage => ({
    name: `tiny-${String(index)}`,
    items: [file(`usr/tiny/${String(index)}`)],
  })),
];

function capability(): Buffer {
  return Buffer.from("0100000200200000000000000000000000000000", "hex");
}

const config = ({ path, key }: TestRepository): string => `
contents:
  repositories: [${path}]
  keyring: [${key}]
  packages: [${troublesome.map(({ name }) => name).join(", ")}]
accounts: {users: [{username: app, uid: 1000}]}
paths:
  - {path: /usr/a-first, type: hardlink, source: /usr/z-tool}
  - {path: /usr/ping, type: permissions, permissions: 0o700}
  - {path: /etc/before, type: empty-file}
`;

describe("layers of troublesome packages", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  const layouts = new Map<LayeringStrategy, string>();

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(bench.folder, troublesome);
    for (const layering of layeringStrategies)
      layouts.set(layering, (await bench.build(config(repository), { layering })).layout);
  });
  after(() => bench.close());

  test("unpack to one tree under every strategy", async () => {
    const trees = new Map<LayeringStrategy, readonly string[]>();
    for (const [strategy, layout] of layouts) trees.set(strategy, await treeOf(layout));
    for (const strategy of layeringStrategies) assert.deepEqual(trees.get(strategy), trees.get("single"), strategy);
    const tree = trees.get("single")?.join("\n") ?? "";
    const row = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll(" ", "\t")}`, "m");
    assert.match(tree, row("f 644 0 0 40000 \\S+ \\S+ \\./usr/lib/libcross.so"));
    assert.match(tree, row("f 644 77 77 1 \\S+ \\S+ \\./srv/owned"));
    assert.match(tree, row("f 644 0 0 5 \\S+ \\S+ \\./etc/shared.conf"));
    assert.match(tree, row("f 4755 0 0 60000 \\S+ \\S+ \\./usr/a-first $"));
    assert.match(tree, row("f 4755 0 0 60000 \\S+ \\S+ \\./usr/z-tool usr/a-first"));
    assert.match(tree, row("f 644 0 0 0 \\S+ \\S+ \\./etc/before"));
    assert.equal(
      (await openLayout(layouts.get("single") ?? "", defaultLimits)).platforms[0]?.manifest.layers.length,
      1,
    );
  });

  test("stay within what Docker takes, with the packages of the last layer named", async () => {
    for (const layout of layouts.values()) {
      const [platform] = (await inspectImage(layout, defaultLimits)).platforms;
      assert.ok((platform?.layers.length ?? 999) <= 111);
      const held = platform?.layers.flatMap(({ packages }) => packages) ?? [];
      assert.equal(new Set(held).size, troublesome.length);
    }
  });

  test("say for every package that is rewritten why", async () => {
    const { platforms } = await bench.build(config(repository), { dryRun: true, layering: "package" });
    const why = new Map((platforms[0]?.rewritten ?? []).map((one) => [one.package.replace(/=.*/, ""), one.why]));
    assert.deepEqual([...why.keys()].sort(), ["before", "crossing", "owned"]);
    assert.match(why.get("crossing") ?? "", /link/);
    assert.match(why.get("owned") ?? "", /77:77/);
    assert.match(why.get("before") ?? "", /etc\/shared\.conf/);
  });

  test("name every entry that is not as a package brought it", async () => {
    const [platform] = (await inspectImage(layouts.get("auto") ?? "", defaultLimits)).platforms;
    const reasons = new Map(platform?.generated.map(({ path, reason }) => [path, reason]));
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

  test("keep capabilities, under every strategy", async () => {
    for (const path of layouts.values()) {
      const layout = await openLayout(path, defaultLimits);
      const [platform] = layout.platforms;
      assert.ok(platform !== undefined);
      const { tree } = await readStackedImage(layout, platform, defaultLimits);
      const kept = tree.get("usr/ping")?.entry.xattrs.get("security.capability") ?? Buffer.alloc(0);
      assert.equal(Buffer.compare(kept, capability()), 0);
    }
  });

  const skip = hasTool("umoci") && process.getuid?.() === 0 ? false : "needs umoci, root";
  for (const strategy of layeringStrategies) {
    test(`unpack with umoci to the same, layered by ${strategy}`, { skip }, async () => {
      const layout = layouts.get(strategy) ?? "";
      const bundle = join(bench.folder, `bundle-${strategy}`);
      runTool("umoci", "unpack", "--image", `${layout}:latest`, bundle);
      assert.deepEqual(rootOf(join(bundle, "rootfs")), await treeOf(layout));
    });
  }

  test("refuse a package whose file would be read as a deletion", async () => {
    const folder = await openFolder(bench, "whiteout");
    const hostile = await makeRepository(folder, [{ name: "hostile", items: [file("etc/.wh.passwd")] }]);
    const text = `contents: {repositories: [${hostile.path}], keyring: [${hostile.key}], packages: [hostile]}`;
    await assert.rejects(bench.build(text), withCode("IMAGE_UNSUPPORTED"));
  });
});

async function openFolder({ folder }: Bench, name: string): Promise<string> {
  await mkdir(join(folder, name));
  return join(folder, name);
}

async function treeOf(layout: string): Promise<readonly string[]> {
  const image = await inspectImage(layout, defaultLimits, { tree: true });
  return image.platforms[0]?.tree ?? [];
}
