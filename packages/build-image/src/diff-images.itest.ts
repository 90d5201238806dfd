import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { rm } from "node:fs/promises";
import { hexOf } from "@apkmill/core";
import { openLayout, type ImageConfigFile, type OpenedImage } from "@apkmill/oci";
import { diffImages, type ImageDiff } from "./diff-images.ts";
import { openBench, withCode, type Bench } from "./testing/bench.ts";
import { layoutOf } from "./testing/layout.ts";
import { directory, file, hardlink, makeRepository, symlink, type Item } from "./testing/repository.ts";

describe("the difference between two images", () => {
  let bench: Bench & { close(): Promise<void> };
  let count = 0;

  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  async function image(
    layers: readonly (readonly Item[])[],
    config: ImageConfigFile["config"] = {},
  ): Promise<OpenedImage> {
    const path = join(bench.folder, `image-${String((count += 1))}`);
    await layoutOf(bench.ports.store, path, layers, config);
    return openLayout(path, bench.ports.limits);
  }

  async function diff(from: OpenedImage, to: OpenedImage): Promise<ImageDiff["platforms"][number]> {
    const { platforms, equal } = await diffImages(from, to, bench.ports.limits);
    const [only = assert.fail()] = platforms;
    assert.equal(equal, only.change === "none");
    return only;
  }

  test("is nothing between an image and itself, of which no layer is read", async () => {
    const path = join(bench.folder, "gone");
    await layoutOf(bench.ports.store, path, [[file("a")]]);
    const opened = await openLayout(path, bench.ports.limits);
    for (const { digest } of opened.platforms[0]?.manifest.layers ?? [])
      await rm(join(path, "blobs/sha256", hexOf(digest)));
    assert.equal((await diff(opened, opened)).change, "none");
    await assert.rejects(diff(opened, await image([[file("b")]])), withCode("LAYOUT_CONTENT"));
  });

  test("is what files there are, and every attribute of theirs but times", async () => {
    const old = [
      directory("d", { mode: 0o700 }),
      file("d/same", "same", { mtime: 1 }),
      file("gone"),
      file("mode"),
      file("owner"),
      file("content", "one"),
      file("grown", "1"),
      symlink("link", "a"),
      file("kind"),
      file("capable", "x", { xattrs: new Map([["user.a", Buffer.from("1")]]) }),
    ];
    const now = [
      directory("d", { mode: 0o1777 }),
      file("d/same", "same", { mtime: 2 }),
      file("mode", "mode", { mode: 0o4755 }),
      file("owner", "owner", { uid: 5, gid: 6 }),
      file("content", "two"),
      file("grown", "12"),
      symlink("link", "b"),
      symlink("kind", "x"),
      file("capable", "x", { xattrs: new Map([["user.a", Buffer.from("2")]]) }),
      hardlink("new", "grown"),
    ];
    const { files, packages, layers, sizes } = await diff(await image([old]), await image([now]));
    assert.deepEqual(
      files.map(({ path, from, to, differs }) => [path, from?.type, to?.type, differs]),
      [
        ["capable", "file", "file", ["xattrs"]],
        ["content", "file", "file", ["content"]],
        ["d", "directory", "directory", ["mode"]],
        ["gone", "file", undefined, []],
        ["grown", "file", "file", ["size", "content"]],
        ["kind", "file", "symlink", ["type", "size"]],
        ["link", "symlink", "symlink", ["target"]],
        ["mode", "file", "file", ["mode"]],
        ["new", undefined, "file", []],
        ["owner", "file", "file", ["owner"]],
      ],
    );
    assert.deepEqual(files.find(({ path }) => path === "mode")?.to?.mode, "4755");
    assert.deepEqual(packages, []);
    assert.deepEqual([layers.added.length, layers.removed.length, layers.same], [1, 1, 0]);
    // Two names of one file count once.
    assert.equal(sizes.to.filesBytes, "same".length + "mode".length + "owner".length + "two".length + "12".length + 1);
  });

  test("counts a deletion by a layer above as one", async () => {
    const [below, deletes] = [[file("a"), file("b")], [file(".wh.a", "")]];
    const { files, layers } = await diff(await image([below]), await image([below, deletes]));
    assert.deepEqual(
      files.map(({ path, to }) => [path, to]),
      [["a", undefined]],
    );
    assert.deepEqual([layers.added.length, layers.same], [1, 1]);
  });

  test("is what the configuration says, name by name", async () => {
    const layers = [[file("a")]];
    const old = {
      Env: ["PATH=/bin", "A=1", "B=2"],
      Cmd: ["x"],
      Labels: { l: "1" },
      ExposedPorts: { "80/tcp": {} },
      User: "",
    };
    const now = {
      Env: ["B=3", "PATH=/bin"],
      Entrypoint: ["x"],
      Labels: { l: "2" },
      Volumes: { "/v": {} },
      Healthcheck: { Test: ["NONE"] },
      User: "app",
    };
    const { change, config, files, sizes } = await diff(await image(layers, old), await image(layers, now));
    assert.equal(change, "changed");
    assert.deepEqual(config, [
      { what: "Cmd", from: '["x"]' },
      { what: "Entrypoint", to: '["x"]' },
      { what: "Env A", from: "1" },
      { what: "Env B", from: "2", to: "3" },
      { what: "ExposedPorts 80/tcp", from: "{}" },
      { what: "Healthcheck", to: '{"Test":["NONE"]}' },
      { what: "Labels l", from: "1", to: "2" },
      { what: "User", to: "app" },
      { what: "Volumes /v", to: "{}" },
    ]);
    assert.deepEqual(files, []);
    assert.equal(sizes.from.filesBytes, undefined);
  });

  test("is which packages there are, and whose the files are", async () => {
    const built = async (version: string, extra: string): Promise<OpenedImage> => {
      const { path, key } = await makeRepository(join(bench.folder, `repository-${version}`), [
        { name: "kept", items: [file("usr/kept")] },
        {
          name: "app",
          version,
          control: { depends: ["kept"], installedSizeBytes: version.length * 1000 },
          items: [file("usr/app", version)],
        },
        { name: extra, items: [file(`usr/${extra}`)] },
      ]);
      const config = `contents: {repositories: [${path}], keyring: [${key}], packages: [app, ${extra}]}`;
      const { layout } = await bench.build(config, { archs: ["x86_64"], layering: "package" });
      return openLayout(layout, bench.ports.limits);
    };
    const [old, now] = [await built("1-r0", "old"), await built("2.0-r0", "new")];
    const { packages, files, layers } = await diff(old, now);
    assert.deepEqual(
      packages.map(({ name, from, to }) => [
        name,
        from?.version,
        to?.version,
        from?.installedSizeBytes,
        to?.installedSizeBytes,
      ]),
      [
        ["app", "1-r0", "2.0-r0", 4000, 6000],
        ["new", undefined, "1-r0", undefined, 100],
        ["old", "1-r0", undefined, 100, undefined],
      ],
    );
    const owned = files.map(({ path, package: owner }) => `${path} ${owner ?? ""}`);
    for (const line of ["usr/app app", "usr/new new", "usr/old old", "etc/apk/world "])
      assert.ok(owned.includes(line), line);
    assert.ok(!owned.includes("usr/kept kept"));
    assert.equal(layers.same, 1);
  });

  test("is nothing between two builds of different dates", async () => {
    const { path, key } = await makeRepository(join(bench.folder, "dated"), [{ name: "app", items: [file("app")] }]);
    const config = `contents: {repositories: [${path}], keyring: [${key}], packages: [app]}`;
    const built = async (epoch: string): Promise<OpenedImage> => {
      const { layout } = await bench.build(config, {}, { env: { SOURCE_DATE_EPOCH: epoch } });
      return openLayout(layout, bench.ports.limits);
    };
    const [old, now] = [await built("1600000000"), await built("1700000000")];
    assert.notEqual(old.top.digest, now.top.digest);
    assert.equal((await diff(old, now)).change, "none");
  });

  test("is a platform that only one of them has", async () => {
    const { path, key } = await makeRepository(
      join(bench.folder, "two"),
      [{ name: "app", items: [file("app")] }],
      ["x86_64", "aarch64"],
    );
    const config = `contents: {repositories: [${path}], keyring: [${key}], packages: [app]}`;
    const one = await openLayout((await bench.build(config, { archs: ["amd64"] })).layout, bench.ports.limits);
    const two = await openLayout((await bench.build(config, { archs: ["amd64", "arm64"] })).layout, bench.ports.limits);
    const changes = async (from: OpenedImage, to: OpenedImage, archs: string[] = []): Promise<string[]> =>
      (await diffImages(from, to, bench.ports.limits, { archs })).platforms.map(({ change }) => change);
    assert.deepEqual(await changes(one, two), ["none", "added"]);
    assert.deepEqual(await changes(two, one), ["none", "removed"]);
    assert.deepEqual(await changes(two, one, ["amd64"]), ["none"]);
  });
});
