import assert from "node:assert/strict";
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits, hexOf, isEngineError, type Limits } from "@apkmill/core";
import { openLayout, type ImagePlatform } from "@apkmill/oci";
import { takeLayer } from "./base-layer.ts";
import type { BuildImageOptions } from "./build-options.ts";
import { inspectImage, type InspectedPlatform } from "./inspect-image.ts";
import { openBench, withCode } from "./testing/bench.ts";
import { layoutOf } from "./testing/layout.ts";
import { directory, file, hardlink, makeRepository, symlink } from "./testing/repository.ts";
import type { Item, TestPackage, TestRepository } from "./testing/repository.ts";
import { hasTool, runTool } from "./testing/unpacked.ts";
import { LayersBudget } from "./tree-budget.ts";

const passwd = "root:x:0:0::/root:/bin/sh\napp:x:900:900::/var/empty:/bin/false\n";

const packages: TestPackage[] = [
  {
    name: "release",
    items: [
      file("etc/os-release", "ID=mill\n"),
      file("etc/passwd", passwd),
      directory("var/shared", { mode: 0o700 }),
      file("var/shared/release"),
    ],
  },
  { name: "libx", version: "1-r0", items: [file("usr/lib/libx.so.1", "one"), file("usr/share/same", "same")] },
  { name: "libx", version: "2-r0", items: [file("usr/lib/libx.so.1", "two")] },
  {
    name: "merged",
    items: [directory("usr/lib"), symlink("lib", "usr/lib"), symlink("bin", "usr/bin"), directory("usr/bin")],
  },
  {
    name: "app",
    control: { depends: ["libx", "release"], buildTime: 1_700_000_900 },
    items: [
      directory("srv"),
      file("usr/bin/app", "app", { mode: 0o4755, uname: "app", uid: 1, gname: "app", gid: 1 }),
      hardlink("usr/bin/app2", "usr/bin/app"),
      file("usr/share/same", "same"),
      directory("var/shared", { mode: 0o755 }),
      file("var/shared/app"),
    ],
  },
  { name: "oldstyle", items: [file("lib/modules/x", "module"), file("bin/tool", "tool", { mode: 0o755 })] },
  { name: "taker", control: { replaces: ["libx"] }, items: [file("usr/lib/libx.so.1", "taken")] },
  { name: "thief", items: [file("usr/lib/libx.so.1", "stolen")] },
  { name: "needs-two", control: { depends: ["libx>=2"] }, items: [file("usr/bin/two")] },
  { name: "no-libx", control: { depends: ["!libx"] }, items: [file("usr/bin/none")] },
];

describe("an image on a base", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  let base: string;

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(bench.folder, packages, ["x86_64", "aarch64"]);
    const more = "cmd: base\nenvironment: {FROM: base}\nvolumes: [/data]\nannotations: {org.example.of: base}\n";
    ({ layout: base } = await bench.build(`${contents("packages: [release, libx=1-r0]")}${more}`));
  });
  after(() => bench.close());

  function contents(text: string): string {
    return `contents:\n  repositories: ["${repository.path}"]\n  keyring: ["${repository.key}"]\n  ${text}\n`;
  }

  async function builtOn(
    image: string,
    wanted: string,
    options: Partial<BuildImageOptions> = {},
    apkindex = "",
  ): Promise<{ layout: string; platform: ImagePlatform; inspected: InspectedPlatform }> {
    const key = `{image: "${image}"${apkindex === "" ? "" : `, apkindex: "${apkindex}"`}}`;
    const { layout } = await bench.build(contents(`packages: [${wanted}]\n  baseimage: ${key}`), options);
    const [platform] = (await openLayout(layout, defaultLimits)).platforms;
    const [inspected] = (await inspectImage(layout, defaultLimits, { tree: true })).platforms;
    assert.ok(platform !== undefined && inspected !== undefined);
    return { layout, platform, inspected };
  }

  for (const layering of ["auto", "package", "origin", "single"] as const) {
    test(`layered by ${layering} has the tree of all packages at once, on the base's own layers`, async () => {
      const { layout: whole } = await bench.build(contents("packages: [release, libx=1-r0, app]"), { layering });
      const [expected] = (await inspectImage(whole, defaultLimits, { tree: true })).platforms;
      const [below] = (await openLayout(base, defaultLimits)).platforms;
      const { platform, inspected } = await builtOn(base, "app", { layering });
      assert.deepEqual(withoutTimes(inspected.tree), withoutTimes(expected?.tree));
      const count = below?.manifest.layers.length ?? 0;
      assert.deepEqual(platform.manifest.layers.slice(0, count), below?.manifest.layers);
      assert.deepEqual(platform.config.rootfs.diff_ids.slice(0, count), below?.config.rootfs.diff_ids);
      assert.equal(platform.config.history?.length, platform.manifest.layers.length);
      assert.deepEqual(
        inspected.packages.map(({ name, version }) => `${name}-${version}`),
        ["app-1-r0", "libx-1-r0", "release-1-r0"],
      );
    });
  }

  test("keeps what the base says of how it runs, but for labels and time", async () => {
    const { platform } = await builtOn(base, "app");
    const { config, created } = platform.config;
    assert.deepEqual(config.Cmd, ["base"]);
    assert.ok(config.Env?.includes("FROM=base"));
    assert.deepEqual(config.Volumes, { "/data": {} });
    assert.deepEqual(config.Labels, { "org.opencontainers.image.created": "2023-11-14T22:28:20Z" });
    assert.equal(created, "2023-11-14T22:28:20Z");
    const [below] = (await openLayout(base, defaultLimits)).platforms;
    assert.equal(platform.manifest.annotations?.["org.opencontainers.image.base.digest"], below?.descriptor.digest);
  });

  test("has a world of what both asked for, and the base's settings", async () => {
    const { layout } = await builtOn(base, "app>0");
    const read = await filesIn(layout);
    assert.equal(await read("etc/apk/world"), "app>0\nlibx=1-r0\nrelease\n");
    assert.equal(await read("etc/apk/repositories"), `${repository.path}\n`);
    assert.equal(await read("etc/passwd"), passwd);
  });

  test("is the same when it is built again, and of nothing that the base has", async () => {
    const [first, second] = [await builtOn(base, "app"), await builtOn(base, "app, release")];
    assert.equal((await builtOn(base, "app")).platform.descriptor.digest, first.platform.descriptor.digest);
    assert.deepEqual(second.inspected.packages, first.inspected.packages);
  });

  test("takes a base of our own with several layers on top of another", async () => {
    const { layout } = await builtOn(base, "app");
    const { inspected } = await builtOn(layout, "taker");
    assert.match(lineOf(inspected, "usr/lib/libx.so.1"), /^f\t644\t0\t0\t5\t/);
    assert.equal(inspected.packages.length, 4);
  });

  test("is read from apko's form, whose index.json is the index of the image", async () => {
    const copy = join(bench.folder, "apko-form");
    await cp(base, copy, { recursive: true });
    const { top } = await openLayout(base, defaultLimits);
    await cp(join(base, "blobs/sha256", hexOf(top.digest)), join(copy, "index.json"));
    assert.equal((await builtOn(copy, "app")).inspected.packages.length, 3);
  });

  test("is made for each architecture, on the base's image for it", async () => {
    const archs = ["x86_64", "aarch64"];
    const { layout: both } = await bench.build(contents("packages: [release]"), { archs });
    const { layout } = await builtOn(both, "app", { archs });
    const [below, above] = await Promise.all([both, layout].map((path) => openLayout(path, defaultLimits)));
    assert.deepEqual(
      above?.platforms.map(({ platform, manifest }) => [platform.architecture, manifest.layers[0]]),
      below?.platforms.map(({ platform, manifest }) => [platform.architecture, manifest.layers[0]]),
    );
    await assert.rejects(builtOn(base, "app", { archs }), withCode("IMAGE_BASE"));
  });

  test("of merged directories has a package's files where the links lead", async () => {
    const { layout } = await bench.build(contents("packages: [merged]"));
    const { inspected } = await builtOn(layout, "oldstyle", { layering: "package" });
    assert.match(lineOf(inspected, "usr/lib/modules/x"), /^f\t/);
    assert.match(lineOf(inspected, "usr/bin/tool"), /^f\t755\t/);
    assert.match(lineOf(inspected, "lib"), /^l\t.*\tusr\/lib$/);
    assert.equal(lineOf(inspected, "lib/modules/x"), "");
  });

  const refused: readonly [what: string, wanted: string, code: string, names: RegExp][] = [
    ["wants a file of the base", "thief", "ROOTFS_CONFLICT", /thief-1-r0.*libx-1-r0/],
    ["needs another version of what the base has", "needs-two", "IMAGE_BASE_CHANGED", /libx-1-r0.*2-r0/],
    ["is asked for in another version than the base has", "libx>=2", "IMAGE_BASE_CHANGED", /libx-1-r0.*2-r0/],
    ["cannot be beside what the base has", "no-libx", "IMAGE_BASE_CHANGED", /libx-1-r0/],
    ["is nowhere", "nowhere", "APK_UNSATISFIABLE", /nowhere/],
  ];
  for (const [what, wanted, code, names] of refused) {
    test(`with a package that ${what} is refused`, async () => {
      await assert.rejects(builtOn(base, wanted), (error: unknown) => {
        assert.ok(isEngineError(error) && error.hint !== undefined);
        assert.match(error.message, names);
        return withCode(code)(error);
      });
    });
  }

  test("with settings beside it is refused", async () => {
    const config = `${contents(`packages: [app]\n  baseimage: {image: "${base}"}`)}cmd: other\n`;
    await assert.rejects(
      bench.build(config),
      (error: Error) => /baseimage/.test(JSON.stringify(error)) || withCode("CONFIG_INVALID")(error),
    );
  });

  describe("of others", () => {
    let count = 0;
    async function baseOf(...layers: Item[][]): Promise<string> {
      count += 1;
      const path = join(bench.folder, `other-${String(count)}`);
      await layoutOf(bench.ports.store, path, layers, { Env: ["PATH=/opt/bin"], Cmd: ["run"] });
      return path;
    }

    test("without a database gets one", async () => {
      const path = await baseOf([file("opt/bin/run", "run", { mode: 0o755 })]);
      const { platform, inspected } = await builtOn(path, "app");
      assert.deepEqual(
        inspected.packages.map(({ name }) => name),
        ["app", "libx", "release"],
      );
      assert.match(lineOf(inspected, "opt/bin/run"), /^f\t755\t/);
      assert.deepEqual(platform.config.config.Env, [
        "PATH=/opt/bin",
        "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
      ]);
    });

    test("counts the packages of an apkindex folder, and asks for them as they are", async () => {
      const path = await baseOf([file("usr/lib/libx.so.1", "one")]);
      const listing = join(bench.folder, "listing");
      await mkdir(join(listing, "x86_64"), { recursive: true });
      await writeFile(
        join(listing, "x86_64", "APKINDEX"),
        "P:libx\nV:1-r0\nA:x86_64\nF:usr\nF:usr/lib\nR:libx.so.1\n\n",
      );
      const { layout, inspected } = await builtOn(path, "app", {}, listing);
      assert.deepEqual(
        inspected.packages.map(({ name, version }) => `${name}-${version}`),
        ["app-1-r0", "libx-1-r0", "release-1-r0"],
      );
      assert.equal(await (await filesIn(layout))("etc/apk/world"), "app\nlibx=1-r0\n");
      await assert.rejects(builtOn(path, "thief", {}, listing), withCode("ROOTFS_CONFLICT"));
      await assert.rejects(builtOn(path, "app", { archs: ["aarch64"] }, listing), withCode("IMAGE_BASE"));
      await writeFile(join(listing, "x86_64", "APKINDEX"), "P:libx\nV:2-r0\nA:x86_64\n\n");
      await assert.rejects(builtOn(base, "app", {}, listing), withCode("IMAGE_BASE"));
    });

    test("with deletions has what they leave", async () => {
      const path = await baseOf(
        [
          directory("a"),
          file("a/gone"),
          file("a/kept"),
          directory("b"),
          file("b/gone"),
          directory("c"),
          file("c/d/gone"),
        ],
        [
          file("a/.wh.gone", ""),
          directory("b"),
          file("b/.wh..wh..opq", ""),
          file("b/new"),
          file(".wh.c", ""),
          directory("c"),
        ],
      );
      const { inspected } = await builtOn(path, "libx=1-r0");
      for (const gone of ["a/gone", "b/gone", "c/d", "c/d/gone"]) assert.equal(lineOf(inspected, gone), "");
      for (const kept of ["a/kept", "b/new"]) assert.match(lineOf(inspected, kept), /^f\t/);
      assert.match(lineOf(inspected, "c"), /^d\t/);
    });

    test("as kaniko writes it, with the root as `/` and hard links from there, is taken", async () => {
      const path = await baseOf([directory("/"), file("opt/first"), hardlink("opt/second", "/opt/first")]);
      const { inspected } = await builtOn(path, "libx=1-r0");
      assert.match(lineOf(inspected, "opt/second"), /\topt\/first$/);
    });

    test("whose layers have too many entries together is refused before they are unpacked, also where they are known", async () => {
      const layer = (index: number): Item[] => [0, 1, 2].map((entry) => file(`${String(index)}-${String(entry)}`, ""));
      const path = await baseOf(...[0, 1, 2, 3].map(layer));
      const opened = await openLayout(path, defaultLimits);
      const [platform = assert.fail()] = opened.platforms;
      const take = async (limits: Limits): Promise<void> => {
        const budget = new LayersBudget(limits);
        for (const position of [0, 1, 2, 3])
          await takeLayer({ ...bench.ports, limits }, opened, platform, position, budget);
      };
      await take(defaultLimits);
      await assert.rejects(take({ ...defaultLimits, entries: 2 }), withCode("LIMIT_EXCEEDED"));
    });

    test("says again what runtimes do not agree about", async () => {
      const path = await baseOf(
        [directory("opt", { mode: 0o711, uid: 7 }), file("opt/first", "shared"), file("other")],
        [file("opt/second"), hardlink("opt/third", "opt/first")],
      );
      const { inspected } = await builtOn(path, "libx=1-r0");
      assert.match(lineOf(inspected, "opt"), /^d\t711\t7\t/);
      assert.match(lineOf(inspected, "opt/third"), /\topt\/first$/);
      const [own] = inspected.layers.slice(-1);
      assert.ok((own?.entries ?? 0) > 3);
    });

    test("keep a file that no package has, and the package's beside it under etc", async () => {
      const path = await baseOf([file("etc/os-release", "ID=other\n"), directory("var/shared", { mode: 0o711 })]);
      const { layout, inspected } = await builtOn(path, "release");
      const read = await filesIn(layout);
      assert.equal(await read("etc/os-release"), "ID=other\n");
      assert.equal(await read("etc/os-release.apk-new"), "ID=mill\n");
      assert.match(lineOf(inspected, "var/shared"), /^d\t711\t/);
      assert.ok(bench.lines.some((line) => line.includes("etc/os-release")));
    });

    const hostile: readonly [what: string, code: string, layers: () => Item[][]][] = [
      ["leaves the root", "IMAGE_BASE", () => [[file("a/../../b")]]],
      ["has an absolute path", "IMAGE_BASE", () => [[file("/a")]]],
      ["deletes what is above", "IMAGE_BASE", () => [[file(".wh...", "")]]],
      ["crosses its own link", "IMAGE_BASE", () => [[symlink("a", "/x"), file("a/b")]]],
      ["links to what is not there", "IMAGE_BASE", () => [[hardlink("a", "b")]]],
      [
        "has too many layers",
        "IMAGE_BASE",
        () => Array.from({ length: 125 }, (_, index) => [file(`f${String(index)}`)]),
      ],
      ["has a database that is none", "ROOTFS_BAD_DATABASE", () => [[file("lib/apk/db/installed", "nonsense\n")]]],
      ["puts a directory where the database goes", "ROOTFS_CONFLICT", () => [[directory("lib/apk/db/installed")]]],
      ["has a link in a circle on the way", "ROOTFS_BAD_PARENT", () => [[symlink("usr", "usr")]]],
      ["has a file where a package wants a directory", "ROOTFS_BAD_PARENT", () => [[file("usr/lib")]]],
    ];
    for (const [what, code, layers] of hostile) {
      test(`which ${what} is refused`, async () => {
        await assert.rejects(builtOn(await baseOf(...layers()), "libx=1-r0"), (error: unknown) => {
          assert.ok(isEngineError(error) && error.hint !== undefined, String(error));
          return withCode(code)(error);
        });
      });
    }

    test("with deletions of what is not there, by the thousand, costs little", async () => {
      const names = Array.from({ length: 20_000 }, (_, index) => `d/${String(index)}`);
      const path = await baseOf(
        [directory("d"), ...names.map((name) => file(name, ""))],
        [directory("d"), ...names.flatMap((name) => [file(name.replace("d/", "d/.wh."), ""), file(`${name}x`, "")])],
      );
      const began = performance.now();
      const { inspected } = await builtOn(path, "libx=1-r0", { layering: "single" });
      assert.equal(inspected.tree?.filter((line) => line.includes("\t./d/")).length, 20_000);
      assert.ok(performance.now() - began < 20_000);
    });
  });

  describe("that is damaged", () => {
    let copy: string;
    before(() => {
      copy = join(bench.folder, "damaged");
    });

    async function damage(change: (path: string, platform: ImagePlatform) => Promise<void>): Promise<void> {
      await rm(copy, { recursive: true, force: true });
      await cp(base, copy, { recursive: true });
      const [platform] = (await openLayout(copy, defaultLimits)).platforms;
      assert.ok(platform !== undefined);
      await change(copy, platform);
    }

    const damages: readonly [string, string, (path: string, platform: ImagePlatform) => Promise<void>][] = [
      [
        "in a layer",
        "DIGEST_MISMATCH|LAYOUT_CONTENT",
        (path, { manifest }) => flip(blob(path, manifest.layers[0]?.digest)),
      ],
      ["by a layer that is gone", "LAYOUT_CONTENT", (path, { manifest }) => rm(blob(path, manifest.layers[0]?.digest))],
      ["in its configuration", "LAYOUT_CONTENT", (path, { manifest }) => flip(blob(path, manifest.config.digest))],
      ["in its manifest", "LAYOUT_CONTENT", (path, { descriptor }) => flip(blob(path, descriptor.digest))],
      ["by all of it being gone", "IMAGE_BASE", (path) => rm(path, { recursive: true })],
    ];
    for (const [what, codes, change] of damages) {
      test(`${what} is refused`, async () => {
        await damage(change);
        const other = await openBench();
        try {
          const config = contents(`packages: [app]\n  baseimage: {image: "${copy}"}`);
          await assert.rejects(other.build(config), (error: unknown) => {
            assert.match(isEngineError(error) ? error.code : String(error), new RegExp(`^(${codes})$`));
            return true;
          });
        } finally {
          await other.close();
        }
      });
    }
  });

  test("whose manifest lies about the size of a layer is refused, also where the store has the layer", async () => {
    const opened = await openLayout(base, defaultLimits);
    const [platform = assert.fail()] = opened.platforms;
    const layers = platform.manifest.layers.map((layer) => ({ ...layer, size: layer.size + 1 }));
    const lying = { ...platform, manifest: { ...platform.manifest, layers } };
    const other = await openBench();
    try {
      for (const { ports } of [bench, other]) {
        const budget = new LayersBudget(defaultLimits);
        await assert.rejects(takeLayer(ports, opened, lying, 0, budget), withCode("LAYOUT_CONTENT"));
      }
    } finally {
      await other.close();
    }
  });

  test("is made by umoci from a tar", { skip: hasTool("umoci") ? false : "needs umoci" }, async () => {
    const path = join(bench.folder, "umoci");
    const bundle = join(bench.folder, "bundle");
    runTool("umoci", "init", "--layout", path);
    runTool("umoci", "new", "--image", `${path}:base`);
    runTool("umoci", "unpack", "--image", `${path}:base`, bundle);
    for (const [name, content] of [
      ["opt/here", "here"],
      ["opt/gone", "gone"],
    ] as const) {
      await mkdir(join(bundle, "rootfs", "opt"), { recursive: true });
      await writeFile(join(bundle, "rootfs", name), content);
    }
    runTool("umoci", "repack", "--image", `${path}:base`, bundle);
    await rm(join(bundle, "rootfs/opt/gone"));
    runTool("umoci", "repack", "--refresh-bundle", "--image", `${path}:base`, bundle);
    runTool("umoci", "config", "--image", `${path}:base`, "--architecture", "amd64", "--os", "linux");
    runTool("umoci", "gc", "--layout", path);
    const { inspected } = await builtOn(path, "app");
    assert.match(lineOf(inspected, "opt/here"), /^f\t/);
    assert.equal(lineOf(inspected, "opt/gone"), "");
    assert.match(lineOf(inspected, "usr/bin/app"), /^f\t4755\t/);
  });

  test("is copied by skopeo, which reads all of it", { skip: hasTool("skopeo") ? false : "needs skopeo" }, async () => {
    const { layout } = await builtOn(base, "app", { tag: "on:1" });
    const copied = join(bench.folder, "copied");
    runTool("skopeo", "copy", `oci:${layout}:1`, `oci:${copied}:1`);
    assert.ok((await readdir(join(copied, "blobs/sha256"))).length > 3);
    const select = ["--override-os", "linux", "--override-arch", "amd64"];
    runTool("skopeo", ...select, "copy", `oci:${layout}:1`, `docker-archive:${join(bench.folder, "copied.tar")}:on:1`);
  });

  async function filesIn(layout: string): Promise<(path: string) => Promise<string>> {
    const { unpackImage } = await import("./unpack-image.ts");
    const opened = await openLayout(layout, defaultLimits);
    const root = `${layout}-root`;
    await rm(root, { recursive: true, force: true });
    await mkdir(root);
    const [platform] = opened.platforms;
    assert.ok(platform !== undefined);
    await unpackImage(opened, platform, root, defaultLimits);
    return (path) => readFile(join(root, path), "utf8");
  }
});

function lineOf({ tree = [] }: InspectedPlatform, path: string): string {
  return tree.find((line) => line.includes(`\t./${path}\t`)) ?? "";
}

/**
 * Type, mode, owner, size, path and link of each. Times are left out: what both images generate is of the base's time here; so are
 * the files that say in which order something was asked for.
 */
function withoutTimes(tree: readonly string[] = []): string[] {
  return tree.map((line) => {
    const [type, mode, uid, gid, size, , sha256, path, link] = line.split("\t");
    return [type, mode, uid, gid, size, sha256, path, link].join(" ");
  });
}

function blob(layout: string, digest: `sha256:${string}` | undefined): string {
  return join(layout, "blobs/sha256", hexOf(digest ?? "sha256:"));
}

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  const { size } = await stat(path);
  bytes[size >> 1] = (bytes[size >> 1] ?? 0) ^ 1;
  await rm(path);
  await writeFile(path, bytes);
}
