import assert from "node:assert/strict";
import { test } from "node:test";
import { buildPackage, device, directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { entryAt, pathsOf, planOf, textAt } from "./testing/plan-of.ts";

test("entries are sorted by path, so that a directory stands before what it holds", () => {
  const plan = planOf([packageOf("a", [file("usr/b"), file("usr-x"), file("usr/a/z")])]);
  assert.deepEqual(pathsOf(plan), ["usr", "usr-x", "usr/a", "usr/a/z", "usr/b"]);
});

test("an entry names its package, its archive entry and the reason", () => {
  const plan = planOf([packageOf("a", [file("x")]), packageOf("b", [file("bin/y")])]);
  const { source, reason } = entryAt(plan, "bin/y");
  assert.deepEqual(source, { kind: "package", package: 1, entry: 1 });
  assert.equal(reason, "b-1-r0");
});

test("setuid and sticky bits of files stay; a symbolic link is 0777 whatever is archived", () => {
  const plan = planOf([packageOf("a", [file("su", "", { mode: 0o4755 }), symlink("l", "su", { mode: 0o644 })])]);
  assert.equal(entryAt(plan, "su").mode, 0o4755);
  assert.equal(entryAt(plan, "l").mode, 0o777);
});

test("a directory keeps the sticky bit and loses setuid and setgid, as mkdir has it; the database says what is archived", () => {
  const plan = planOf([packageOf("a", [directory("tmp", { mode: 0o1777 }), directory("log", { mode: 0o2750 })])]);
  assert.equal(entryAt(plan, "tmp").mode, 0o1777);
  assert.equal(entryAt(plan, "log").mode, 0o750);
  assert.match(textAt(plan, "lib/apk/db/installed"), /^F:log\nM:0:0:2750$/m);
});

test("devices keep their number, times and extended attributes stay", () => {
  const xattrs = new Map([["security.capability", Buffer.from([1, 2])]]);
  const plan = planOf([packageOf("a", [device("null", 1, 3), file("ping", "", { xattrs, mtime: 7 })])]);
  assert.deepEqual(entryAt(plan, "null").device, { major: 1, minor: 3 });
  assert.deepEqual([...entryAt(plan, "ping").xattrs], [...xattrs]);
  assert.equal(entryAt(plan, "ping").mtime, 7);
});

test("names with a leading dot at the top level are not installed", () => {
  const plan = planOf([packageOf("a", [file(".dummy"), file("./usr/bin/x"), file("etc/.keep")])]);
  assert.deepEqual(pathsOf(plan), ["etc", "etc/.keep"]);
  assert.deepEqual(
    plan.packages[0]?.dropped.map(({ path }) => path),
    [".dummy", ".", "./usr", "./usr/bin", "./usr/bin/x"],
  );
});

test("a directory that no package lists is made: 0755, root's", () => {
  const plan = planOf([buildPackage({ name: "a", entries: [file("opt/tool/run")] })], { mtime: 42 });
  const made = entryAt(plan, "opt/tool");
  assert.deepEqual([made.type, made.mode, made.uid, made.mtime], ["directory", 0o755, 0, 42]);
  assert.equal(made.reason, "implied by a-1-r0");
});

test("a shared directory has mode and owner of the package that goes before, in either order, and the last one's time", () => {
  const a = packageOf("a", [directory("srv", { mode: 0o700, mtime: 1 })]);
  const b = packageOf("b", [directory("srv", { mode: 0o755, uid: 5, uname: "", mtime: 2 })]);
  for (const [packages, mtime] of [
    [[a, b], 2],
    [[b, a], 1],
  ] as const) {
    const { mode, uid, mtime: found } = entryAt(planOf(packages), "srv");
    assert.deepEqual({ mode, uid, found }, { mode: 0o700, uid: 0, found: mtime });
  }
});

test("owners are looked up by name in the accounts that earlier packages brought", () => {
  const base = packageOf("base", [file("etc/passwd"), file("etc/group")]);
  const www = packageOf("www", [file("srv/x", "", { uid: 100, gid: 101, uname: "www", gname: "www" })]);
  const accountFiles = new Map([[0, { passwd: "www:x:82:82:::\n", group: "www:x:83:\n" }]]);
  const { uid, gid } = entryAt(planOf([base, www], { accountFiles }), "srv/x");
  assert.deepEqual({ uid, gid }, { uid: 82, gid: 83 });
});

test("accounts that come later, or with the package itself, do not count", () => {
  const own = packageOf("own", [file("etc/passwd"), file("x", "", { uid: 100, uname: "www" })]);
  const accountFiles = new Map([[0, { passwd: "www:x:82:82:::\n" }]]);
  assert.equal(entryAt(planOf([own], { accountFiles }), "x").uid, 100);
});

test("names of one file share content, mode and owner; the first in order is the file", () => {
  const git = file("usr/bin/git", "git", { mode: 0o755, mtime: 9 });
  const plan = planOf([
    packageOf("git", [git, hardlink("usr/bin/a-git", "usr/bin/git"), hardlink("usr/z", "usr/bin/a-git")]),
  ]);
  const first = entryAt(plan, "usr/bin/a-git");
  assert.deepEqual([first.type, first.mode, first.sizeBytes, first.sha256], ["file", 0o755, 3, git.sha256]);
  for (const path of ["usr/bin/git", "usr/z"]) {
    const { type, linkPath, mode, source } = entryAt(plan, path);
    assert.deepEqual({ type, linkPath, mode }, { type: "hardlink", linkPath: "usr/bin/a-git", mode: 0o755 });
    assert.deepEqual(source, first.source);
  }
});

test("a hard link keeps its content when the file's own path was taken over", () => {
  const old = packageOf("old", [file("bin/a", "old"), hardlink("bin/b", "bin/a")]);
  const plan = planOf([old, packageOf("new", [file("bin/a", "new")], { replaces: ["old"] })]);
  assert.equal(entryAt(plan, "bin/b").type, "file");
  assert.equal(entryAt(plan, "bin/b").sha256, file("x", "old").sha256);
  assert.equal(entryAt(plan, "bin/a").sha256, file("x", "new").sha256);
});

test("a hard link keeps its content when the file's own path was never had", () => {
  const owner = packageOf("owner", [file("bin/a", "first")], { replaces: ["late"] });
  const plan = planOf([owner, packageOf("late", [file("bin/a", "late"), hardlink("bin/b", "bin/a")])]);
  assert.equal(entryAt(plan, "bin/a").sha256, file("x", "first").sha256);
  assert.equal(entryAt(plan, "bin/b").sha256, file("x", "late").sha256);
});

for (const [what, entries, code] of [
  ["to what has not come yet", [hardlink("a", "b"), file("b")], "ROOTFS_BAD_LINK"],
  ["to another package's file", [hardlink("a", "etc/passwd")], "ROOTFS_BAD_LINK"],
  ["to a symbolic link", [symlink("l", "x"), hardlink("a", "l")], "ROOTFS_BAD_LINK"],
  ["to a directory", [directory("d"), hardlink("a", "d")], "ROOTFS_BAD_LINK"],
  ["out of the root", [hardlink("a", "../etc/shadow")], "ROOTFS_UNSAFE_PATH"],
] as const) {
  test(`a hard link ${what} is refused`, () => {
    const base = packageOf("base", [file("etc/passwd")]);
    assert.throws(() => planOf([base, packageOf("evil", entries)]), { code });
  });
}

for (const [what, entries] of [
  ["two files", [file("a", "1"), file("a", "2")]],
  ["a directory and a file", [directory("a"), file("a")]],
  [
    "one file under two names that meet",
    [directory("usr"), symlink("u", "usr"), file("usr/x"), directory("u"), file("u/x")],
  ],
] as const) {
  test(`a package that brings one path twice (${what}) is refused`, () => {
    assert.throws(() => planOf([packageOf("twice", entries)]), { code: "ROOTFS_DUPLICATE_PATH" });
  });
}

test("a package that brings a file of the database is refused, also by way of a link", () => {
  assert.throws(() => planOf([packageOf("evil", [file("lib/apk/db/installed")])]), {
    code: "ROOTFS_UNSAFE_PATH",
    message: /evil-1-r0.*|lib\/apk\/db\/installed/,
  });
  const usr = packageOf("base", [directory("usr/lib"), symlink("lib", "usr/lib")]);
  assert.throws(() => planOf([usr, packageOf("evil", [file("usr/lib/apk/db/triggers")])]), {
    code: "ROOTFS_UNSAFE_PATH",
  });
});

test("of two packages of one name the later is installed, and the earlier says what became of it", () => {
  const plan = planOf([
    packageOf("a", [file("old")]),
    buildPackage({ name: "a", version: "2-r0", entries: [file("new")] }),
  ]);
  assert.deepEqual(pathsOf(plan), ["new"]);
  assert.deepEqual(plan.packages[0], {
    label: "a-1-r0",
    supersededBy: 1,
    kept: 0,
    dropped: [],
    verbatim: false,
    why: "upgraded to a-2-r0",
  });
  assert.doesNotMatch(textAt(plan, "lib/apk/db/installed"), /^V:1-r0$/m);
});

test("the same request gives the same plan", () => {
  const packages = [packageOf("a", [file("usr/x"), symlink("y", "usr")]), packageOf("b", [file("usr/z")])];
  assert.deepEqual(planOf(packages), planOf(packages));
});

for (const uid of [-1, 2 ** 32 - 1, 2 ** 40, 1.5, Number.NaN]) {
  test(`the owner number ${String(uid)} is refused`, () => {
    assert.throws(() => planOf([packageOf("evil", [file("x", "", { uid, uname: "" })])]), {
      code: "ROOTFS_UNSAFE_PATH",
    });
  });
}

test("a directory that another package changes gets every bit of its mode, one that is only made loses setuid and setgid", () => {
  const modeOf = (...modes: readonly number[]): number => {
    const packages = modes.map((mode, index) => packageOf(`p${String(9 - index)}`, [directory("d", { mode })]));
    return entryAt(planOf(packages), "d").mode;
  };
  assert.equal(modeOf(0o2750), 0o750);
  assert.equal(modeOf(0o1777), 0o1777);
  assert.equal(modeOf(0o755, 0o2750), 0o2750);
  assert.equal(modeOf(0o2750, 0o2750), 0o750);
  assert.equal(modeOf(0o755, 0o2750, 0o2750), 0o2750);
});
