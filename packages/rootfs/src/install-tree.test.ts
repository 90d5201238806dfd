import assert from "node:assert/strict";
import { test } from "node:test";
import { InstallTree, type TreeNode } from "./install-tree.ts";

const attributes = {
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  mtime: 0,
  sizeBytes: 0,
  xattrs: new Map(),
  sha1: "",
  sha256: "",
};

function node(type: TreeNode["type"], linkPath = ""): TreeNode {
  return { type, owner: 0, entry: 0, attributes: { ...attributes, mode: 0o755, linkPath }, reason: "test" };
}

function treeOf(entries: Readonly<Record<string, TreeNode>>): InstallTree {
  const tree = new InstallTree();
  for (const [path, each] of Object.entries(entries)) tree.put(path, each);
  return tree;
}

const directory = node("directory");

test("a directory without links on the way is where it says", () => {
  const tree = treeOf({ usr: directory, "usr/lib": directory });
  assert.deepEqual(tree.resolve("usr/lib"), { found: "directory", path: "usr/lib" });
  assert.deepEqual(tree.resolve(""), { found: "directory", path: "" });
});

test("a relative link leads on from where it stands, an absolute one from the root", () => {
  const tree = treeOf({
    usr: directory,
    "usr/lib": directory,
    lib: node("symlink", "usr/lib"),
    "usr/l": node("symlink", "/lib/"),
  });
  assert.equal(tree.resolve("lib").path, "usr/lib");
  assert.equal(tree.resolve("usr/l").path, "usr/lib");
});

test("a link that climbs above the root stays at the root", () => {
  const tree = treeOf({ etc: directory, a: directory, "a/up": node("symlink", "../../../../etc") });
  assert.deepEqual(tree.resolve("a/up"), { found: "directory", path: "etc" });
});

test("dot-dot goes up from the link's target, not from its name", () => {
  const tree = treeOf({
    usr: directory,
    "usr/lib": directory,
    lib: node("symlink", "usr/lib"),
    x: node("symlink", "lib/.."),
  });
  assert.equal(tree.resolve("x").path, "usr");
});

test("what is missing below a link is reported at its physical path", () => {
  const tree = treeOf({ usr: directory, "usr/lib": directory, lib: node("symlink", "usr/lib") });
  assert.deepEqual(tree.resolve("lib/apk/db"), { found: "nothing", path: "usr/lib/apk/db" });
});

test("a link that leads nowhere is an obstacle, and so are a file and a circle of links", () => {
  const tree = treeOf({
    dangling: node("symlink", "nowhere"),
    file: node("file"),
    a: node("symlink", "b"),
    b: node("symlink", "a"),
  });
  for (const path of ["dangling", "dangling/x", "file", "file/x", "a/x"]) {
    assert.equal(tree.resolve(path).found, "obstacle", path);
  }
});

test("links that multiply end at forty, like in the kernel, and at once", () => {
  const tree = treeOf({ d0: directory });
  for (let level = 1; level < 60; level += 1) {
    const below = `d${String(level - 1)}`;
    tree.put(`d${String(level)}`, node("symlink", `${below}/../${below}/../${below}`));
  }
  assert.equal(tree.resolve("d3").path, "d0");
  assert.equal(tree.resolve("d59").found, "obstacle");
});

test("a link that replaces another changes the answer", () => {
  const tree = treeOf({ a: directory, b: directory, l: node("symlink", "a") });
  assert.equal(tree.resolve("l").path, "a");
  tree.put("l", node("symlink", "b"));
  assert.equal(tree.resolve("l").path, "b");
});
