import assert from "node:assert/strict";
import { test } from "node:test";
import type { PackageEntry } from "@apkmill/apk";
import { isEngineError } from "@apkmill/core";
import { directory, file, packageOf, symlink } from "./testing/build-package.ts";
import { entryAt, planOf, textAt } from "./testing/plan-of.ts";

test("a conflict names both packages and the path", () => {
  const packages = [packageOf("first", [file("usr/bin/x", "1")]), packageOf("second", [file("usr/bin/x", "2")])];
  assert.throws(() => planOf(packages), {
    code: "ROOTFS_CONFLICT",
    message: "cannot lay the file usr/bin/x of second-1-r0: first-1-r0 has a file there",
    context: { package: "second-1-r0", path: "usr/bin/x" },
  });
});

test("all conflicts are reported together", () => {
  const packages = [packageOf("a", [file("x"), file("y")]), packageOf("b", [file("x"), file("y")])];
  assert.throws(
    () => planOf(packages),
    (error) => isEngineError(error) && error.code === "ROOTFS_CONFLICT" && error.problems.length === 2,
  );
});

test("a package that replaces takes the file, and each database record lists what is its own", () => {
  const old = packageOf("old", [file("bin/x", "old"), file("bin/y")]);
  const plan = planOf([old, packageOf("new", [file("bin/x", "new")], { replaces: ["old"] })]);
  assert.equal(entryAt(plan, "bin/x").reason, "new-1-r0 replaces old-1-r0");
  assert.deepEqual(plan.packages[0]?.dropped, [{ path: "bin/x", reason: "new-1-r0 replaces old-1-r0" }]);
  const [newRecord, oldRecord] = textAt(plan, "lib/apk/db/installed").split("\n\n");
  assert.match(newRecord ?? "", /^R:x$/m);
  assert.doesNotMatch(oldRecord ?? "", /^R:x$/m);
  assert.match(oldRecord ?? "", /^R:y$/m);
});

test("a file that yields to its owner is left out, and said to be", () => {
  const owner = packageOf("owner", [file("bin/x", "1")], { replaces: ["late"] });
  const plan = planOf([owner, packageOf("late", [file("bin/x", "2")])]);
  assert.equal(entryAt(plan, "bin/x").reason, "owner-1-r0");
  assert.deepEqual(plan.packages[1]?.dropped, [{ path: "bin/x", reason: "owner-1-r0 replaces late-1-r0" }]);
});

const unlike: readonly (readonly [what: string, first: PackageEntry, second: PackageEntry])[] = [
  ["a file over a directory", directory("a"), file("a")],
  ["a link over a directory", directory("a"), symlink("a", "b")],
  ["a directory over a file", file("a"), directory("a")],
  ["a directory over a link to a file", symlink("a", "x"), directory("a")],
  ["a directory over a link in a circle", symlink("a", "a"), directory("a")],
];

for (const [what, first, second] of unlike) {
  test(`${what} is a conflict, even for a package that replaces the other`, () => {
    const packages = [packageOf("one", [file("x"), first]), packageOf("two", [second], { replaces: ["one"] })];
    assert.throws(() => planOf(packages), { code: "ROOTFS_CONFLICT", message: /two-1-r0.*one-1-r0/ });
  });
}

test("a path below a file cannot be laid", () => {
  const packages = [
    packageOf("one", [file("a")]),
    { ...packageOf("two", []), contents: packageOf("two", [file("a/b")]).contents },
  ];
  assert.throws(() => planOf(packages), { message: /one-1-r0|a is a file/ });
});

test("the same file in two packages is a conflict for apk, and kept from the first where apko's rule is asked for", () => {
  const packages = [
    packageOf("a", [file("x", "same", { mtime: 1 })]),
    packageOf("b", [file("x", "same", { mtime: 2 })]),
  ];
  assert.throws(() => planOf(packages), { code: "ROOTFS_CONFLICT" });
  const plan = planOf(packages, { identicalFiles: "keep-first" });
  assert.equal(entryAt(plan, "x").mtime, 1);
  assert.deepEqual(plan.packages[1]?.dropped, [{ path: "x", reason: "a-1-r0 has the same there" }]);
});

test("different files, links and types are a conflict under apko's rule too", () => {
  for (const [first, second] of [
    [file("x", "1"), file("x", "2")],
    [symlink("x", "1"), symlink("x", "2")],
    [file("x", ""), symlink("x", "1")],
  ] as const) {
    const packages = [packageOf("a", [first]), packageOf("b", [second])];
    assert.throws(() => planOf(packages, { identicalFiles: "keep-first" }), { code: "ROOTFS_CONFLICT" });
  }
});
