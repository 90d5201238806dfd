import assert from "node:assert/strict";
import { test } from "node:test";
import { directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { entryAt, pathsOf, planOf, textAt } from "./testing/plan-of.ts";

const merged = packageOf("base", [directory("usr/lib", { mode: 0o755 }), symlink("lib", "usr/lib")]);

test("a file below another package's linked directory lands at the link's target", () => {
  const plan = planOf([merged, packageOf("lib", [file("lib/x"), file("lib/deep/y")])]);
  assert.deepEqual(pathsOf(plan), ["lib", "usr", "usr/lib", "usr/lib/deep", "usr/lib/deep/y", "usr/lib/x"]);
  assert.equal(entryAt(plan, "lib").type, "symlink");
});

test("the database lists it under the name it has in the package", () => {
  const text = textAt(planOf([merged, packageOf("lib", [file("lib/x")])]), "usr/lib/apk/db/installed");
  assert.match(text, /^F:lib\nR:x$/m);
});

test("on a merged-usr root the database stands at the link's target", () => {
  const plan = planOf([merged]);
  assert.equal(plan.databaseFolder, "usr/lib/apk/db");
  assert.equal(entryAt(plan, "usr/lib/apk/db/installed").type, "file");
  assert.equal(planOf([]).databaseFolder, "lib/apk/db");
});

test("a directory entry that meets a link leaves link and target as they are", () => {
  const plan = planOf([merged, packageOf("lib", [directory("lib", { mode: 0o700 }), file("lib/x")])]);
  assert.equal(entryAt(plan, "lib").type, "symlink");
  assert.equal(entryAt(plan, "usr/lib").mode, 0o755);
});

test("two packages that meet at one place by two names conflict like any two", () => {
  const packages = [merged, packageOf("a", [file("lib/x", "1")]), packageOf("b", [file("usr/lib/x", "2")])];
  assert.throws(() => planOf(packages), { code: "ROOTFS_CONFLICT", message: /usr\/lib\/x of b-1-r0: a-1-r0/ });
});

test("a link that points out of the root stays inside it", () => {
  const evil = packageOf("evil", [directory("etc"), symlink("up", "../../../etc")]);
  const plan = planOf([evil, packageOf("p", [file("up/cron")])]);
  assert.equal(entryAt(plan, "etc/cron").type, "file");
});

test("a file whose directory is a link to nowhere, to a file or in a circle cannot be laid", () => {
  for (const target of ["nowhere", "f", "l"]) {
    const packages = [packageOf("a", [file("f"), symlink("l", target)]), packageOf("b", [directory("l"), file("l/x")])];
    assert.throws(
      () => planOf(packages),
      (error) => /ROOTFS_(BAD_PARENT|CONFLICT)/.test((error as { code: string }).code),
    );
  }
});

test("a link is replaced like a file: the file lands in its place, not at its target", () => {
  const owner = packageOf("owner", [file("etc/target", "target"), symlink("etc/l", "target")]);
  const plan = planOf([owner, packageOf("new", [file("etc/l", "new")], { replaces: ["owner"] })]);
  assert.equal(entryAt(plan, "etc/l").type, "file");
  assert.equal(entryAt(plan, "etc/target").sha256, file("x", "target").sha256);
});

test("hard links across a linked directory join the file at its place", () => {
  const plan = planOf([merged, packageOf("p", [file("lib/a", "c"), hardlink("lib/b", "lib/a")])]);
  assert.equal(entryAt(plan, "usr/lib/a").type, "file");
  assert.deepEqual([entryAt(plan, "usr/lib/b").type, entryAt(plan, "usr/lib/b").linkPath], ["hardlink", "usr/lib/a"]);
});
