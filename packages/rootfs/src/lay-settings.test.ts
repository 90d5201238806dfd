import assert from "node:assert/strict";
import { test } from "node:test";
import { file, packageOf, symlink } from "./testing/build-package.ts";
import { entryAt, planOf, textAt } from "./testing/plan-of.ts";

const world = (...items: string[]): string => textAt(planOf([], { world: items }), "etc/apk/world");

test("the world is sorted by name without regard to case, once each, one constraint a line", () => {
  assert.equal(
    world("zlib", "Boost>1", "busybox", "apk-tools@edge", "busybox", "b~2"),
    "apk-tools@edge\nb~2\nBoost>1\nbusybox\nzlib\n",
  );
});

test("a conflict stands where its name stands, and names of one spelling are ordered by bytes", () => {
  assert.equal(world("c", "!b", "a", "B", "b"), "a\nB\n!b\nb\nc\n");
});

test("several constraints in one string are several; an empty world is one empty line", () => {
  assert.equal(world("b a"), "a\nb\n");
  assert.equal(world(), "\n");
});

test("the architecture is a line of its own", () => {
  assert.equal(textAt(planOf([], { arch: "aarch64" }), "etc/apk/arch"), "aarch64\n");
});

test("repositories are written in the order given, without user names and passwords", () => {
  const repositories = ["@edge https://me:p%40ss@repo.test/a", "https://token@repo.test/b?x=1", "/srv/repo@home"];
  assert.equal(
    textAt(planOf([], { repositories }), "etc/apk/repositories"),
    "@edge https://repo.test/a\nhttps://repo.test/b?x=1\n/srv/repo@home\n",
  );
});

test("without repositories there is no such file", () => {
  assert.equal(
    planOf([]).entries.some(({ path }) => path === "etc/apk/repositories"),
    false,
  );
});

test("keys are written under their names; a key that a package brings is the package's", () => {
  const plan = planOf([packageOf("keys", [file("etc/apk/keys/a.rsa.pub")])], {
    keys: [
      { name: "a.rsa.pub", pem: "mine" },
      { name: "b.rsa.pub", pem: "PEM" },
    ],
  });
  assert.equal(entryAt(plan, "etc/apk/keys/a.rsa.pub").reason, "keys-1-r0");
  assert.equal(textAt(plan, "etc/apk/keys/b.rsa.pub"), "PEM");
});

test("generated files are root's, 0644, of the time asked for", () => {
  const { mode, uid, gid, mtime, reason } = entryAt(planOf([], { mtime: 9 }), "etc/apk/world");
  assert.deepEqual(
    { mode, uid, gid, mtime, reason },
    { mode: 0o644, uid: 0, gid: 0, mtime: 9, reason: "generated: world" },
  );
});

test("world and architecture replace what a package brings, a link too: nothing is written through it", () => {
  const plan = planOf([packageOf("p", [symlink("etc/apk/world", "../passwd"), file("etc/passwd")])]);
  assert.equal(entryAt(plan, "etc/apk/world").type, "file");
  assert.equal(entryAt(plan, "etc/passwd").reason, "p-1-r0");
});

for (const name of ["../../etc/passwd", "a/b", ".", "..", ".hidden", "", "a\nb"]) {
  test(`the key name ${JSON.stringify(name)} is refused`, () => {
    assert.throws(() => planOf([], { keys: [{ name, pem: "" }] }), { code: "ROOTFS_BAD_REQUEST" });
  });
}

for (const line of ["", "https://a\nhttps://b", "a\0b"]) {
  test(`the repository ${JSON.stringify(line)} is refused`, () => {
    assert.throws(() => planOf([], { repositories: [line] }), { code: "ROOTFS_BAD_REQUEST" });
  });
}

test("a directory where a setting belongs is a conflict that names its package", () => {
  const packages = [packageOf("p", [file("etc/apk/world/x")])];
  assert.throws(() => planOf(packages), { code: "ROOTFS_CONFLICT", message: /p-1-r0/ });
});
