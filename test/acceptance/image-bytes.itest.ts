import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { inspectImage } from "@apkmill/build-image";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { apkmill, apkmillJson } from "./apkmill.ts";
import { baseRepository } from "./hello.ts";
import { temporaryDirectory } from "./surroundings.ts";

/** The same input gives the same bytes, and no changed byte is taken for what it was. */
const config = `contents:
  packages: [busybox, base-layout]
accounts:
  groups: [{ groupname: app, gid: 65532 }]
  users: [{ username: app, uid: 65532, gid: 65532 }]
  run-as: app
paths:
  - { path: /srv/data, type: directory, uid: 65532, gid: 65532, permissions: 0o2775 }
  - { path: /srv/link, type: symlink, source: data }
  - { path: /usr/bin/shell, type: hardlink, source: /bin/busybox }
environment: { B: "2", A: "1" }
annotations: { org.example.b: "2", org.example.a: "1" }
cmd: sh -c 'echo "two words"'
archs: [x86_64, aarch64]
`;

describe("an image", () => {
  let folder: string;
  let base: { path: string; key: string };

  before(async () => {
    folder = temporaryDirectory();
    base = await baseRepository(folder);
    writeFileSync(join(folder, "image.yaml"), config);
  });

  const build = (name: string, extra: readonly string[] = []): string[] => [
    "image",
    "build",
    join(folder, "image.yaml"),
    "it:1",
    join(folder, name),
    "-b",
    base.path,
    "-k",
    base.key,
    ...extra,
  ];

  test("is the same, byte for byte, whatever the umask, time zone, language, number of cores and directory", async () => {
    await apkmillJson(build("first"), { env: { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8" } });
    const wrapper = ["sh", "-c", 'umask 077; exec taskset -c 0 "$@"', "sh"];
    const elsewhere = {
      cwd: folder,
      env: { TZ: "America/Lima", LANG: "C", UV_THREADPOOL_SIZE: "1", XDG_CACHE_HOME: join(folder, "other-cache") },
      wrapper,
    };
    await apkmillJson(build("second"), elsewhere);
    const [first, second] = ["first", "second"].map((name) => filesOf(join(folder, name)));
    assert.deepEqual([...(first ?? [])].sort(), [...(second ?? [])].sort());
    await apkmillJson(build("first.tar"));
    await apkmillJson(build("second.tar"), elsewhere);
    assert.ok(readFileSync(join(folder, "first.tar")).equals(readFileSync(join(folder, "second.tar"))));
  });

  test("gives the same tree under every layering", async () => {
    const trees = [];
    for (const layering of ["auto", "package", "origin", "single"]) {
      await apkmillJson(build(layering, ["--layering", layering]));
      const { platforms } = await inspectImage(join(folder, layering), defaultLimits, { tree: true });
      trees.push(platforms.map(({ tree }) => tree));
    }
    for (const tree of trees) assert.deepEqual(tree, trees[0]);
    const lines = trees[0]?.[0] ?? [];
    const find = (path: string): string => lines.find((line) => line.includes(`\t./${path}\t`)) ?? "";
    assert.match(find("srv/data"), /^d\t2775\t65532\t65532/);
    assert.match(find("srv/link"), /\tdata$/);
    assert.match(find("usr/bin/shell"), /\tbin\/busybox$/);
    assert.match(find("home/app"), /^d\t700\t65532\t65532/);
  });

  test("a changed byte anywhere in a layout is refused by name, or leaves the content the same", async () => {
    await apkmillJson(build("whole"));
    const whole = await inspectImage(join(folder, "whole"), defaultLimits, { tree: true });
    let refused = 0;
    for (const path of [
      "index.json",
      ...readdirSync(join(folder, "whole", "blobs", "sha256")).map((name) => `blobs/sha256/${name}`),
    ]) {
      for (const position of positionsOf(statSync(join(folder, "whole", path)).size, path === "index.json")) {
        const damaged = join(folder, "damaged");
        cpSync(join(folder, "whole"), damaged, { recursive: true });
        flip(join(damaged, path), position);
        try {
          const found = await inspectImage(damaged, defaultLimits, { tree: true });
          assert.deepEqual(found, whole, `${path} at ${position}: other content was accepted`);
          assert.equal(path, "index.json", `${path} at ${position}: a blob was accepted with another byte`);
        } catch (error) {
          assert.ok(isEngineError(error), `${path} at ${position}: ${String(error)}`);
          refused += 1;
        }
        rmSync(damaged, { recursive: true });
      }
    }
    assert.ok(refused > 60);
  });

  test("that was killed while it was written leaves the earlier one as it was", async () => {
    await apkmillJson(build("kept"));
    const before = filesOf(join(folder, "kept"));
    for (const killAfterMs of [150, 250, 350])
      await apkmill(build("kept", ["--layering", "single"]), {
        killAfterMs,
        env: { XDG_CACHE_HOME: join(folder, `cache-${killAfterMs}`) },
      });
    const after = filesOf(join(folder, "kept"));
    const complete = await inspectImage(join(folder, "kept"), defaultLimits);
    assert.ok(complete.platforms.length === 2);
    if (after.size === before.size) assert.deepEqual([...after].sort(), [...before].sort());
  });
});

/** Every byte of a small file's beginning and end, and a few between. */
function positionsOf(size: number, all: boolean): number[] {
  if (all) return Array.from({ length: size }, (_, position) => position);
  const between = Array.from({ length: 4 }, (_, index) => Math.floor((size * (index + 1)) / 5));
  return [...new Set([0, 1, 3, ...between, size - 9, size - 1])].filter((position) => position >= 0 && position < size);
}

function flip(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position] = (bytes[position] ?? 0) ^ 0x01;
  rmSync(path); // It may be a link into the store.
  writeFileSync(path, bytes);
}

function filesOf(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => [
      join(entry.parentPath, entry.name).slice(root.length),
      readFileSync(join(entry.parentPath, entry.name)).toString("base64"),
    ]),
  );
}
