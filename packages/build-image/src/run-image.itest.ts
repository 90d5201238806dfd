import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { openLayout, type ImageConfigFile, type Layout } from "@apkmill/oci";
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

async function opened(layers: readonly (readonly Item[])[], config: ImageConfigFile["config"]): Promise<Layout> {
  return openLayout(await layout(layers, config), defaultLimits);
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
    ["a path through a file of its own", "IMAGE_CONTENT", [[file("up"), file("up/precious", "changed")]]],
    ["a hard link that goes up", "ROOTFS_UNSAFE_PATH", [[hardlink("mine", "../precious")]]],
    ["a whiteout of what is above", "IMAGE_CONTENT", [[file(".wh...", "")]]],
    ["a whiteout of where it is", "IMAGE_CONTENT", [[file("a/.wh..", "")]]],
    ["a whiteout of nothing", "IMAGE_CONTENT", [[file(".wh.", "")]]],
    ["a file below a whiteout", "IMAGE_CONTENT", [[file(".wh.a/b", "")]]],
    ["a name that would write another line", "ROOTFS_UNSAFE_PATH", [[file("a\nb", "")]]],
  ];
  for (const [what, code, layers] of hostile) {
    test(`refuses ${what}, as looking into it does`, async () => {
      await assert.rejects(unpack(layers), (error) => {
        // The tar reader has its own opinion of some of them, and speaks first.
        assert.match(codeOf(error), new RegExp(`^(${code}|ARCHIVE_\\w+)$`));
        return true;
      });
      await assert.rejects(inspectImage(await layout(layers), defaultLimits), (error) => {
        assert.match(codeOf(error), new RegExp(`^(${code}|ROOTFS_BAD_PARENT|ARCHIVE_\\w+)$`));
        return true;
      });
    });
  }

  const broken: readonly [what: string, layers: Item[][]][] = [
    ["through a link", [[symlink("up", ".."), hardlink("mine", "up/precious")]]],
    ["through a link of a lower layer", [[symlink("up", "..")], [hardlink("mine", "up/precious")]]],
    ["to nothing", [[hardlink("mine", "nothing")]]],
  ];
  for (const [what, layers] of broken) {
    test(`refuses a hard link ${what}`, async () => {
      await assert.rejects(unpack(layers), withCode("IMAGE_CONTENT"));
    });
  }

  test("puts a directory in the place of a lower layer's link, and nothing through the link", async () => {
    for (const item of [file("up/new"), directory("up/new"), file("up/new/deep")]) {
      const root = await unpack([[symlink("up", "..")], [item]]);
      assert.ok(lstatSync(join(root, "up")).isDirectory());
      assert.ok(existsSync(join(root, item.entry.path)));
    }
  });

  test("looks anew at a directory that was replaced on the way", async () => {
    const tricks: Item[][] = [
      [directory("a"), directory("a/b"), file("a/b/x"), symlink("a", ".."), file("a/b/precious", "changed")],
      [file("a/b/x"), symlink("a/b", "../.."), file("a/b/precious", "changed")],
      [file("a/b/x"), file("a"), file("a/b/x")],
    ];
    for (const items of tricks) await assert.rejects(unpack([items]), withCode("IMAGE_CONTENT"));
    const root = await unpack([
      [directory("a"), directory("a/b"), file("a/b/x")],
      [file(".wh.a", ""), symlink("a", "..")],
      [file("a/b/x", "new"), directory("a"), file("a/.wh.b", "")],
    ]);
    assert.equal(readFileSync(join(root, "a/b/x"), "utf8"), "new");
  });

  test("takes what kaniko and aufs write: the root as `/`, hard links from there, notes", async () => {
    const items = [directory("/"), file("a"), hardlink("b", "/a"), directory(".wh..wh.plnk"), file(".wh..wh.plnk/1.2")];
    const root = await unpack([items]);
    assert.deepEqual(readdirSync(root).sort(), ["a", "b"]);
    assert.equal(lstatSync(join(root, "a")).nlink, 2);
    const [platform] = (await inspectImage(await layout([items]), defaultLimits, { tree: true })).platforms;
    assert.deepEqual(
      platform?.tree?.map((line) => line.split("\t").slice(7)),
      [
        ["./a", ""],
        ["./b", "a"],
      ],
    );
  });

  test("lays down a thousand directories in one another without looking at each of them again", async () => {
    const deep = Array.from({ length: 1000 }, (_, depth) => directory(`${"a/".repeat(depth)}a`));
    const began = performance.now();
    const root = await unpack([deep, deep]);
    assert.ok(existsSync(join(root, "a/".repeat(1000))));
    assert.ok(performance.now() - began < 10_000);
  });

  test("ends where all layers together have too many entries, or imply too many directories", async () => {
    const limits = { ...defaultLimits, entries: 100, headerBytes: 100_000 };
    const layer = (index: number): Item[] =>
      Array.from({ length: 90 }, (_, entry) => file(`${String(index)}-${String(entry)}`, ""));
    const deep = Array.from({ length: 6 }, (_, index) => file(`${String(index)}/${"a/".repeat(98)}x`, ""));
    const few = Array.from({ length: 2 }, (_, index) =>
      file(`${String(index)}/${`${"a".repeat(50)}/`.repeat(50)}x`, ""),
    );
    for (const layers of [[0, 1, 2, 3, 4, 5].map(layer), [deep], [few]]) {
      const path = await layout(layers);
      const image = await openLayout(path, defaultLimits);
      const root = `${path}-root`;
      await mkdir(root);
      const [platform = assert.fail()] = image.platforms;
      await assert.rejects(unpackImage(image, platform, root, limits), withCode("LIMIT_EXCEEDED"));
      assert.ok((await readdir(root)).length <= 500);
      await assert.rejects(inspectImage(path, limits), withCode("LIMIT_EXCEEDED"));
    }
  });

  test("deletes what a whiteout names, and nothing through a link", async () => {
    const root = await unpack([
      [directory("a"), file("a/one"), file("a/two"), directory("b"), file("b/one"), symlink("up", "..")],
      [file("a/.wh.one", ""), file(".wh.b", ""), file("up/.wh.precious", ""), file("gone/.wh.x", "")],
    ]);
    assert.deepEqual(readdirSync(root).sort(), ["a", "up"]);
    assert.deepEqual(readdirSync(join(root, "a")), ["two"]);
  });

  test("empties an opaque directory of what is below its layer, wherever the mark stands in it", async () => {
    const root = await unpack([
      [directory("d"), file("d/old"), directory("d/sub"), file("d/sub/old")],
      [directory("d"), file("d/new"), file("d/sub/new"), file("d/.wh..wh..opq", "")],
    ]);
    assert.deepEqual(readdirSync(join(root, "d")).sort(), ["new", "sub"]);
    assert.deepEqual(readdirSync(join(root, "d/sub")), ["new"]);
  });

  test("replaces a link rather than writing through it", async () => {
    const root = await unpack([[symlink("target", "../precious")], [file("target", "mine")]]);
    assert.ok(lstatSync(join(root, "target")).isFile());
  });
});

describe("looking into an image", () => {
  test("that deletes in a layer shows what is left", async () => {
    const path = await layout([[file("a"), file("b")], [file(".wh.a", "")]]);
    const [platform] = (await inspectImage(path, defaultLimits, { tree: true })).platforms;
    assert.deepEqual(
      platform?.generated.map((one) => one.path),
      ["b"],
    );
  });

  test("with a name that would write another line refuses it", async () => {
    const path = await layout([[file("a\nf\t0")]]);
    await assert.rejects(inspectImage(path, defaultLimits), withCode("ROOTFS_UNSAFE_PATH"));
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
    const prepared = await prepareRun(await opened([accounts], config), { arch: "x86_64", ...options }, defaultLimits);
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
    const image = await opened([accounts], { Cmd: ["x"], WorkingDir: "/srv/work" });
    const prepared = await prepareRun(image, { arch: "x86_64" }, defaultLimits);
    assert.ok(existsSync(join(prepared.root, "srv/work")) && existsSync(join(prepared.root, "proc")));
    assert.equal(prepared.workingDirectory, "/srv/work");
    await prepared.dispose();
    assert.equal(existsSync(prepared.root), false);
    await assert.rejects(
      prepareRun(image, { arch: "x86_64", entrypoint: [] }, defaultLimits),
      withCode("IMAGE_CONTENT"),
    );
    assert.ok(prepared.root.startsWith(tmpdir()));
  });

  describe("in a root with links", () => {
    const linked = [
      directory("run"),
      directory("var"),
      symlink("var/run", "/run"),
      symlink("up", "../../.."),
      symlink("round", "round"),
      symlink("self", "/"),
      directory("bin"),
      file("bin/busybox", "", { mode: 0o755 }),
      symlink("bin/ls", "/bin/busybox"),
      symlink("bin/gone", "/nowhere"),
      file("bin/plain", ""),
      directory("sbin"),
      file("sbin/plain", "", { mode: 0o755 }),
      symlink("tools", "/mnt/tools"),
    ];

    async function prepareIn(options: Partial<RunOptions>): Promise<PreparedRun & { made: (path: string) => string }> {
      const image = await opened([linked], { Cmd: ["ls"], Env: ["PATH=/usr/bin:/bin:/sbin"] });
      const prepared = await prepareRun(image, { arch: "x86_64", ...options }, defaultLimits);
      const kinds = new Map<string, string>();
      for (const path of ["run/x", "work", "new", "run/made", "bin/busybox"]) {
        const standing = lstatSync(join(prepared.root, path), { throwIfNoEntry: false });
        kinds.set(path, standing === undefined ? "nothing" : standing.isDirectory() ? "directory" : "file");
      }
      await prepared.dispose();
      return { ...prepared, made: (path) => kinds.get(path) ?? "nothing" };
    }

    const mounts: readonly [path: string, isDirectory: boolean, place: string][] = [
      ["/var/run/x", true, "/run/x"],
      ["/var/run/x", false, "/run/x"],
      ["/bin/ls", false, "/bin/busybox"],
      ["/up/work", true, "/work"],
      ["/var/run/../new", true, "/new"],
    ];
    for (const [path, isDirectory, place] of mounts) {
      const kind = isDirectory ? "directory" : "file";
      test(`a ${kind} for ${path} is mounted upon ${place}`, async () => {
        const { mountPoints, made } = await prepareIn({ mountPoints: [{ path, isDirectory }] });
        assert.deepEqual(mountPoints, [place]);
        assert.equal(made(place.slice(1)), kind);
      });
    }

    test("the working directory is made behind them", async () => {
      const { made, workingDirectory } = await prepareIn({ workingDirectory: "/var/run/made" });
      assert.equal(made("run/made"), "directory");
      assert.equal(workingDirectory, "/var/run/made");
    });

    const unsuitable: readonly Partial<RunOptions>[] = [
      { mountPoints: [{ path: "/round/x", isDirectory: true }] },
      { mountPoints: [{ path: "/self", isDirectory: true }] },
      { mountPoints: [{ path: "/bin/busybox/x", isDirectory: true }] },
      { mountPoints: [{ path: "/bin/busybox/x", isDirectory: false }] },
      { mountPoints: [{ path: "/bin", isDirectory: false }] },
      { mountPoints: [{ path: `/${"x".repeat(300)}`, isDirectory: true }] },
      { workingDirectory: "/bin/ls" },
      { workingDirectory: "/round" },
    ];
    for (const options of unsuitable) {
      test(`${JSON.stringify(options).slice(0, 80)} is refused`, async () => {
        await assert.rejects(prepareIn(options), withCode("IMAGE_CONTENT"));
      });
    }

    async function lookFor(options: Partial<RunOptions>): Promise<void> {
      const image = await opened([linked], { Cmd: ["ls"], Env: ["PATH=/usr/bin:/bin:/sbin"] });
      const prepared = await prepareRun(image, { arch: "x86_64", ...options }, defaultLimits);
      try {
        prepared.requireProgram();
      } finally {
        await prepared.dispose();
      }
    }

    const programs: readonly [Partial<RunOptions>, found: boolean][] = [
      [{}, true],
      [{ command: ["/bin/ls"] }, true],
      [{ command: ["./ls"], workingDirectory: "/bin" }, true],
      [{ command: ["bin/ls"] }, true],
      // The first of that name is none, and the system looks on.
      [{ command: ["plain"] }, true],
      [{ command: ["/mnt/x"], mountPoints: [{ path: "/mnt", isDirectory: true }] }, true],
      [{ command: ["/tools/x"], mountPoints: [{ path: "/mnt/tools", isDirectory: true }] }, true],
      [{ command: ["/tools/x"] }, false],
      [{ command: ["ls"], env: { PATH: "/usr/bin" } }, false],
      [{ command: ["nocmd"] }, false],
      [{ command: [""] }, false],
      [{ command: ["gone"] }, false],
      [{ command: ["/bin"] }, false],
      [{ command: ["/bin/plain"] }, false],
      [{ command: ["/round/x"] }, false],
      [{ command: ["/bin/busybox/x"] }, false],
    ];
    for (const [options, found] of programs) {
      test(`the program of ${JSON.stringify(options)} is ${found ? "" : "not "}found`, async () => {
        if (found) await lookFor(options);
        else await assert.rejects(lookFor(options), withCode("IMAGE_CONTENT"));
      });
    }
  });

  test("does not look for accounts through a link that leaves the root", async () => {
    const image = await opened([[directory("etc"), symlink("etc/passwd", "/etc/passwd")]], {
      Cmd: ["x"],
      User: "root",
    });
    await assert.rejects(prepareRun(image, { arch: "x86_64" }, defaultLimits), withCode("IMAGE_CONTENT"));
  });
});
