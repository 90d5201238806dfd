import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lineOf, treeOf } from "./testing/tree.ts";
import { withCode } from "./testing/bench.ts";

const addition = { type: "file", mode: 0o644 } as const;

describe("an image tree", () => {
  test("makes the directories above what is put", () => {
    const tree = treeOf("etc/");
    tree.put({ ...addition, path: "etc/a/b/c" }, "test");
    assert.equal(lineOf(tree, "etc/a"), "directory 755 0:0");
    assert.deepEqual(
      tree.entries().map(({ path }) => path),
      ["etc", "etc/a", "etc/a/b", "etc/a/b/c"],
    );
  });

  test("follows links inside the root only", () => {
    const tree = treeOf("var/", "run/", "var/run -> /run", "up -> ../../../etc", "round -> round", "etc/");
    assert.equal(tree.resolve("var/run/x"), "run/x");
    assert.equal(tree.resolve("/up/passwd"), "etc/passwd");
    assert.equal(tree.resolve("round/x"), undefined);
    assert.equal(tree.place("/var/run/daemon", "test"), "run/daemon");
    assert.equal(tree.place("etc/../up", "test"), "up");
  });

  const refused = [
    "/",
    "",
    "a/..",
    "a/.",
    "a\nb",
    ".wh.passwd",
    "etc/.wh..wh..opq",
    "lib/apk/db/installed",
    "usr/lib/apk",
    "round/x",
    "x".repeat(256),
  ];
  for (const path of refused) {
    test(`refuses to place ${JSON.stringify(path.slice(0, 20))}`, () => {
      assert.throws(() => treeOf("round -> round").place(path, "paths"), withCode("IMAGE_PATH"));
    });
  }

  test("never puts something below a file or over a directory", () => {
    const tree = treeOf("etc/", "etc/passwd", "etc/ssl/");
    assert.throws(() => tree.put({ ...addition, path: "etc/passwd/x" }, "test"), withCode("IMAGE_PATH"));
    assert.throws(() => tree.put({ ...addition, path: "etc/ssl" }, "test"), withCode("IMAGE_PATH"));
  });

  test("lists a file under the first of its names, wherever a name is added", () => {
    const tree = treeOf("m", "z = m");
    const file = tree.get("m");
    assert.ok(file !== undefined);
    tree.link("b", file, "test");
    assert.equal(lineOf(tree, "b"), "file 644 0:0");
    assert.equal(lineOf(tree, "m"), "hardlink 644 0:0 b");
    assert.equal(lineOf(tree, "z"), "hardlink 644 0:0 b");
    tree.link("y", tree.get("z") ?? file, "test");
    assert.equal(lineOf(tree, "y"), "hardlink 644 0:0 b");
  });

  test("keeps the other names of a file that loses one", () => {
    const tree = treeOf("a", "b = a", "c = a");
    const sha256 = tree.get("a")?.sha256;
    tree.put({ ...addition, path: "a" }, "test");
    assert.equal(lineOf(tree, "b"), "file 644 0:0");
    assert.equal(tree.get("b")?.sha256, sha256);
    assert.equal(lineOf(tree, "c"), "hardlink 644 0:0 b");
    tree.put({ ...addition, path: "c" }, "test");
    tree.change("b", { mode: 0o600 }, "test");
    assert.equal(lineOf(tree, "b"), "file 600 0:0");
    assert.equal(lineOf(tree, "c"), "file 644 0:0");
  });

  test("changes all names of a file at once, and says why", () => {
    const tree = treeOf("a", "b = a");
    tree.change("b", { uid: 5, gid: 6 }, "test");
    assert.equal(lineOf(tree, "a"), "file 644 5:6");
    assert.equal(lineOf(tree, "b"), "hardlink 644 5:6 a");
    assert.equal(tree.get("a")?.reason, "pkg-1-r0; test");
    assert.equal(tree.get("a")?.uname, "");
  });
});
