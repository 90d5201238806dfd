import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageConfig, type ImageConfig, type PathMutation } from "@apkmill/config";
import { defaultLimits } from "@apkmill/core";
import type { ImageTree } from "./image-tree.ts";
import { applyPaths } from "./paths.ts";
import { lineOf, textOf, treeOf } from "./testing/tree.ts";
import { withCode } from "./testing/bench.ts";

const base = [
  "bin/",
  "bin/busybox",
  "etc/",
  "etc/motd",
  "etc/ssl/",
  "etc/ssl/cert",
  "etc/ssl/link -> cert",
  "tmp/",
  "run/",
  "var/",
  "var/run -> ../run",
];

type Mutation = Partial<PathMutation> & Pick<PathMutation, "path" | "type">;

function apply(...mutations: Mutation[]): ImageTree {
  const tree = treeOf(...base);
  applyPaths(tree, configOf(...mutations), defaultLimits);
  return tree;
}

function configOf(...mutations: Mutation[]): ImageConfig {
  const paths = mutations.map((mutation) => ({ source: "", recursive: false, ...mutation }));
  return { ...parseImageConfig("{}"), paths };
}

/** The mutation, the path that is looked at, what stands there. */
const made: readonly [string, Parameters<typeof apply>[0], string, string][] = [
  ["a directory", { path: "/srv", type: "directory" }, "srv", "directory 755 0:0"],
  [
    "a directory with owner",
    { path: "/srv", type: "directory", uid: 7, permissions: 0o2750 },
    "srv",
    "directory 2750 7:0",
  ],
  [
    "the directories above one, with its mode and root's",
    { path: "/a/b", type: "directory", uid: 7, permissions: 0o700 },
    "a",
    "directory 700 0:0",
  ],
  ["a directory that is there, unchanged", { path: "/tmp", type: "directory" }, "tmp", "directory 755 0:0"],
  [
    "a directory that is there, with the mode that is given",
    { path: "/tmp", type: "directory", permissions: 0o1777 },
    "tmp",
    "directory 1777 0:0",
  ],
  ["a directory behind a link", { path: "/var/run/d", type: "directory" }, "run/d", "directory 755 0:0"],
  [
    "a directory where a link to one stands",
    { path: "/var/run", type: "directory", permissions: 0o700 },
    "run",
    "directory 700 0:0",
  ],
  ["an empty file", { path: "/etc/new", type: "empty-file" }, "etc/new", "file 644 0:0"],
  [
    "an empty file with mode and owner",
    { path: "/etc/new", type: "empty-file", permissions: 0o600, gid: 3 },
    "etc/new",
    "file 600 0:3",
  ],
  [
    "a link, whatever permissions it is given",
    { path: "/sh", type: "symlink", source: "bin/busybox", permissions: 0 },
    "sh",
    "symlink 777 0:0 bin/busybox",
  ],
  [
    "a link and leaves its target alone",
    { path: "/sh", type: "symlink", source: "bin/busybox", permissions: 0, uid: 9 },
    "bin/busybox",
    "file 644 0:0",
  ],
  ["a dangling link", { path: "/x", type: "symlink", source: "/nowhere" }, "x", "symlink 777 0:0 /nowhere"],
  [
    "a hard link",
    { path: "/opt/bb", type: "hardlink", source: "/bin/busybox" },
    "opt/bb",
    "hardlink 644 0:0 bin/busybox",
  ],
  [
    "a hard link with a mode for both names",
    { path: "/opt/bb", type: "hardlink", source: "/bin/busybox", permissions: 0o755 },
    "bin/busybox",
    "file 755 0:0",
  ],
  [
    "a hard link that comes first",
    { path: "/a", type: "hardlink", source: "/bin/busybox" },
    "bin/busybox",
    "hardlink 644 0:0 a",
  ],
  [
    "a hard link in the place of a file",
    { path: "/etc/motd", type: "hardlink", source: "/bin/busybox" },
    "etc/motd",
    "hardlink 644 0:0 bin/busybox",
  ],
  ["permissions", { path: "/etc/motd", type: "permissions", permissions: 0o4711 }, "etc/motd", "file 4711 0:0"],
  [
    "an owner and leaves the mode",
    { path: "/etc/motd", type: "permissions", uid: 1, gid: 2 },
    "etc/motd",
    "file 644 1:2",
  ],
  [
    "permissions of what a link leads to",
    { path: "/etc/ssl/link", type: "permissions", permissions: 0o600 },
    "etc/ssl/cert",
    "file 600 0:0",
  ],
  [
    "permissions of all that is below",
    { path: "/etc/ssl", type: "permissions", permissions: 0o700, recursive: true },
    "etc/ssl/cert",
    "file 700 0:0",
  ],
  [
    "permissions below and leaves links alone",
    { path: "/etc/ssl", type: "permissions", uid: 4, recursive: true },
    "etc/ssl/link",
    "symlink 777 0:0 cert",
  ],
];

/** What must be refused, and why in words of the test. */
const refused: readonly [string, Parameters<typeof apply>[0]][] = [
  ["a directory over a file", { path: "/etc/motd", type: "directory" }],
  ["a directory below a file", { path: "/etc/motd/x", type: "directory" }],
  ["an empty file over a directory", { path: "/etc/ssl", type: "empty-file" }],
  ["a link over a file", { path: "/etc/motd", type: "symlink", source: "x" }],
  ["a link without a source", { path: "/x", type: "symlink" }],
  ["a hard link to a directory", { path: "/x", type: "hardlink", source: "/etc" }],
  ["a hard link to nothing", { path: "/x", type: "hardlink", source: "/nowhere" }],
  ["permissions of nothing", { path: "/nowhere", type: "permissions" }],
  ["the root", { path: "/", type: "permissions", permissions: 0 }],
  ["a deletion", { path: "/etc/.wh.motd", type: "empty-file" }],
  ["the package database", { path: "/lib/apk/db/installed", type: "empty-file" }],
];

describe("paths of a configuration", () => {
  for (const [what, mutation, path, expected] of made) {
    test(`give ${what}`, () => {
      assert.equal(lineOf(apply(mutation), path), expected);
    });
  }

  for (const [what, mutation] of refused) {
    test(`do not make ${what}`, () => {
      assert.throws(() => apply(mutation), withCode("IMAGE_PATH"));
    });
  }

  test("empty a file that is there", () => {
    assert.equal(textOf(apply({ path: "/etc/motd", type: "empty-file" }), "etc/motd"), "");
  });

  test("do not reach the package database through a link", () => {
    const tree = treeOf("lib/", "lib/apk/", "db -> lib/apk");
    const config = configOf({ path: "/db/x", type: "empty-file" });
    assert.throws(() => {
      applyPaths(tree, config, defaultLimits);
    }, withCode("IMAGE_PATH"));
  });

  test("are applied in order", () => {
    const tree = apply(
      { path: "/d", type: "directory" },
      { path: "/d/f", type: "empty-file" },
      { path: "/d", type: "permissions", permissions: 0o500, recursive: true },
    );
    assert.equal(lineOf(tree, "d/f"), "file 500 0:0");
  });
});
