import assert from "node:assert/strict";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { openLayout, type ImageConfigFile } from "@apkmill/oci";
import { inspectImage } from "./inspect-image.ts";
import { prepareRun, type PreparedRun, type RunOptions } from "./run-image.ts";
import { codeOf, openBench, withCode } from "./testing/bench.ts";
import { layoutOf } from "./testing/layout.ts";
import { directory, file, hardlink, symlink, type Item } from "./testing/repository.ts";
import { unpackImage } from "./unpack-image.ts";

let bench: Awaited<ReturnType<typeof openBench>>;
let count = 0;

before(async () => {
  bench = await openBench();
});
after(() => bench.close());

async function layout(layers: readonly (readonly Item[])[], config: ImageConfigFile["config"] = {}): Promise<string> {
  const path = join(bench.folder, `layout-${String((count += 1))}`);
  await layoutOf(bench.ports.store, path, layers, config);
  return path;
}

/** Unpacks into a folder beside which something precious stands. */
async function unpack(layers: readonly (readonly Item[])[]): Promise<string> {
  const path = await layout(layers);
  const around = join(bench.folder, `around-${String(count)}`);
  await mkdir(join(around, "root"), { recursive: true });
  await writeFile(join(around, "precious"), "precious");
  const opened = await openLayout(path, defaultLimits);
  const [platform] = opened.platforms;
  assert.ok(platform !== undefined);
  try {
    await unpackImage(opened, platform, join(around, "root"), defaultLimits);
  } finally {
    assert.deepEqual((await readdir(around)).sort(), ["precious", "root"]);
    assert.equal(readFileSync(join(around, "precious"), "utf8"), "precious");
  }
  return join(around, "root");
}

describe("unpacking an image", () => {
  test("lays its layers one upon the other", async () => {
    const root = await unpack([
      [directory("a"), file("a/one", "1"), file("a/two", "2"), symlink("l", "a"), file("x", "file")],
      [
        file("a/one", "new", { mode: 0o600 }),
        directory("x"),
        file("x/in"),
        hardlink("x/again", "x/in"),
        symlink("a/two", "one"),
      ],
    ]);
    assert.equal(readFileSync(join(root, "a/one"), "utf8"), "new");
    assert.equal(lstatSync(join(root, "a/one")).mode & 0o7777, 0o600);
    assert.equal(lstatSync(join(root, "x/in")).nlink, 2);
    assert.ok(lstatSync(join(root, "a/two")).isSymbolicLink());
  });

  const hostile: readonly [what: string, code: string, layers: Item[][]][] = [
    ["a path that goes up", "ROOTFS_UNSAFE_PATH", [[file("../precious", "changed")]]],
    ["an absolute path", "ROOTFS_UNSAFE_PATH", [[file("/precious", "changed")]]],
    ["a path through a link of its own", "IMAGE_CONTENT", [[symlink("up", ".."), file("up/precious", "changed")]]],
    [
      "a path through a link of a lower layer",
      "IMAGE_CONTENT",
      [[symlink("up", "..")], [file("up/precious", "changed")]],
    ],
    ["a directory through a link", "IMAGE_CONTENT", [[symlink("up", "..")], [directory("up/new")]]],
    ["a hard link that goes up", "ROOTFS_UNSAFE_PATH", [[hardlink("mine", "../precious")]]],
    ["a hard link through a link", "IMAGE_CONTENT", [[symlink("up", ".."), hardlink("mine", "up/precious")]]],
    ["a whiteout", "IMAGE_UNSUPPORTED", [[file("a")], [file(".wh.a", "")]]],
    ["a whiteout of what is above", "IMAGE_UNSUPPORTED", [[file(".wh...", "")]]],
    ["an opaque directory", "IMAGE_UNSUPPORTED", [[directory("d")], [directory("d"), file("d/.wh..wh..opq", "")]]],
  ];
  for (const [what, code, layers] of hostile) {
    test(`refuses ${what}`, async () => {
      await assert.rejects(unpack(layers), (error) => {
        // The tar reader has its own opinion of some of them, and speaks first.
        assert.match(codeOf(error), new RegExp(`^(${code}|ARCHIVE_\\w+)$`));
        return true;
      });
    });
  }

  test("replaces a link rather than writing through it", async () => {
    const root = await unpack([[symlink("target", "../precious")], [file("target", "mine")]]);
    assert.ok(lstatSync(join(root, "target")).isFile());
  });
});

describe("looking into an image", () => {
  test("that deletes in a layer refuses it", async () => {
    const path = await layout([[file("a")], [file(".wh.a", "")]]);
    await assert.rejects(inspectImage(path, defaultLimits), withCode("IMAGE_UNSUPPORTED"));
  });

  test("without a package database says that nothing in it is a package's", async () => {
    const path = await layout([[directory("etc"), file("etc/motd", "hello")]]);
    const [platform] = (await inspectImage(path, defaultLimits, { tree: true })).platforms;
    assert.deepEqual(platform?.packages, []);
    assert.deepEqual(
      platform.generated.map((one) => one.path),
      ["etc", "etc/motd"],
    );
    assert.equal(platform.tree?.length, 2);
  });
});

describe("running an image", () => {
  const accounts = [directory("etc"), file("etc/passwd", "app:x:10:20::/:/x\n"), file("etc/group", "ops:x:30:\n")];

  async function prepare(config: ImageConfigFile["config"], options: Partial<RunOptions> = {}): Promise<PreparedRun> {
    const prepared = await prepareRun(await layout([accounts], config), { arch: "x86_64", ...options }, defaultLimits);
    await prepared.dispose();
    return prepared;
  }

  const commands: readonly [ImageConfigFile["config"], Partial<RunOptions>, string[]][] = [
    [{ Entrypoint: ["/e"], Cmd: ["c"] }, {}, ["/e", "c"]],
    [{ Entrypoint: ["/e"], Cmd: ["c"] }, { command: ["x", "y"] }, ["/e", "x", "y"]],
    [{ Entrypoint: ["/e"], Cmd: ["c"] }, { entrypoint: ["/o"] }, ["/o"]],
    [{ Entrypoint: ["/e"], Cmd: ["c"] }, { entrypoint: [], command: ["x"] }, ["x"]],
    [{ Cmd: ["/c"] }, {}, ["/c"]],
  ];
  for (const [config, options, argv] of commands) {
    test(`with ${JSON.stringify(config)} and ${JSON.stringify(options)} starts ${argv.join(" ")}`, async () => {
      assert.deepEqual((await prepare(config, options)).argv, argv);
    });
  }

  const users: readonly [string, { uid: number; gid: number }][] = [
    ["", { uid: 0, gid: 0 }],
    ["app", { uid: 10, gid: 20 }],
    ["10", { uid: 10, gid: 20 }],
    ["99", { uid: 99, gid: 0 }],
    ["app:ops", { uid: 10, gid: 30 }],
    ["5:6", { uid: 5, gid: 6 }],
  ];
  for (const [user, expected] of users) {
    test(`as ${JSON.stringify(user)} is user ${String(expected.uid)}, group ${String(expected.gid)}`, async () => {
      assert.deepEqual((await prepare({ Cmd: ["x"], User: user })).user, expected);
    });
  }

  test("needs a command, a known user and a platform of it", async () => {
    await assert.rejects(prepare({}), withCode("IMAGE_CONTENT"));
    await assert.rejects(prepare({ Cmd: ["x"], User: "nobody-knows" }), withCode("IMAGE_CONTENT"));
    await assert.rejects(prepare({ Cmd: ["x"] }, { arch: "aarch64" }), withCode("IMAGE_CONTENT"));
  });

  test("makes the working directory, and leaves nothing behind", async () => {
    const path = await layout([accounts], { Cmd: ["x"], WorkingDir: "/srv/work" });
    const prepared = await prepareRun(path, { arch: "x86_64" }, defaultLimits);
    assert.ok(existsSync(join(prepared.root, "srv/work")) && existsSync(join(prepared.root, "proc")));
    assert.equal(prepared.workingDirectory, "/srv/work");
    await prepared.dispose();
    assert.equal(existsSync(prepared.root), false);
    await assert.rejects(
      prepareRun(path, { arch: "x86_64", entrypoint: [] }, defaultLimits),
      withCode("IMAGE_CONTENT"),
    );
    assert.ok(prepared.root.startsWith(tmpdir()));
  });

  test("does not look for accounts through a link that leaves the root", async () => {
    const path = await layout([[directory("etc"), symlink("etc/passwd", "/etc/passwd")]], { Cmd: ["x"], User: "root" });
    await assert.rejects(prepareRun(path, { arch: "x86_64" }, defaultLimits), withCode("IMAGE_CONTENT"));
  });
});
