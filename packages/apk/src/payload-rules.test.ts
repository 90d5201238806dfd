import assert from "node:assert/strict";
import { test } from "node:test";
import type { TarEntryType } from "@apkmill/archive";
import { createPayloadRules, isInstalledPath } from "./payload-rules.ts";
import { testEntry } from "./testing/packages.ts";

type Step = readonly [path: string, type?: TarEntryType, linkPath?: string];

function take(steps: readonly Step[]): void {
  const rules = createPayloadRules("p");
  for (const [path, type = "file", linkPath = ""] of steps) rules.require(testEntry({ path, type, linkPath }));
}

test("paths that leave the root or that apk would skip are refused", () => {
  for (const path of ["/etc", "../x", "a/../b", "./a", "a/.", "a//b", "a/..", "..", "a\nb", "a\x7f", "\x01"]) {
    assert.throws(() => take([[path, "directory"]]), { code: "APK_UNSAFE_PATH" }, JSON.stringify(path));
  }
  take([["a", "directory"], ["a", "directory"], [".dummy"], ["a/.hidden"], ["..a"], ["a/b..c"], [".", "directory"]]);
});

test("a directory comes before what is in it", () => {
  assert.throws(() => take([["a/b"]]), { code: "APK_FORMAT" });
  assert.throws(() => take([["a"], ["a/b"]]), { code: "APK_FORMAT" });
  assert.throws(() => take([["a", "symlink", "usr"], ["a/b"]]), { code: "APK_FORMAT" });
});

test("a hard link comes after its target, which is safe as well", () => {
  take([["a"], ["b", "hardlink", "a"], ["c", "hardlink", "b"]]);
  assert.throws(() => take([["b", "hardlink", "a"], ["a"]]), { code: "APK_FORMAT" });
  assert.throws(
    () =>
      take([
        ["d", "directory"],
        ["b", "hardlink", "d"],
      ]),
    { code: "APK_FORMAT" },
  );
  assert.throws(() => take([["b", "hardlink", "../etc/shadow"]]), { code: "APK_UNSAFE_PATH" });
});

test("the reason against a hard link says whether its target comes later or is no file", () => {
  const link = ["b", "hardlink", "a"] as const;
  assert.throws(() => take([link, ["a"]]), /b stands before its target a/);
  assert.throws(() => take([[".a"], ["b", "hardlink", ".a"]]), /b has a target that is not installed: \.a/);
  for (const type of ["symlink", "directory", "character", "fifo"] as const)
    assert.throws(() => take([["a", type, "x"], link]), /b leads to a, which is no file/, type);
});

test("nothing but a directory stands twice", () => {
  for (const steps of [
    [["a"], ["a"]],
    [
      ["a", "directory"],
      ["a", "symlink", "b"],
    ],
    [
      ["a", "symlink", "b"],
      ["a", "directory"],
    ],
  ] as Step[][]) {
    assert.throws(() => take(steps), { code: "APK_FORMAT" });
  }
});

test("names with a leading dot at the top are not installed", () => {
  assert.deepEqual([".dummy", "etc", "etc/.pwd.lock"].map(isInstalledPath), [false, true, true]);
});
