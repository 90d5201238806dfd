import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { ancestorsOf, isPassedOver, isWhiteout, requireSafeLinkText, requireSafePath } from "./entry-path.ts";

const hostile: readonly (readonly [path: string, what: string])[] = [
  ["", "an empty path"],
  ["/etc/passwd", "an absolute path"],
  ["..", "the parent"],
  ["../etc/passwd", "a way out at the start"],
  ["usr/../../etc/passwd", "a way out in the middle"],
  ["usr/..", "a way out at the end"],
  ["usr/./bin", "a dot component"],
  ["usr//bin", "an empty component"],
  ["usr/bin/", "a trailing slash"],
  ["usr/a\0b", "NUL"],
  ["usr/a\nR:b", "a line break, which would start a line of the database"],
  ["usr/a\tb", "a tab, which would start a field of the manifest"],
  ["usr/\u001b[2J", "an escape sequence"],
  ["usr/\u007f", "DEL"],
  [`usr/${"n".repeat(256)}`, "a name over NAME_MAX"],
  [`usr/${"ö".repeat(128)}`, "a name over NAME_MAX in bytes"],
];

for (const [path, what] of hostile) {
  test(`a path with ${what} is refused, with package and path named`, () => {
    assert.throws(() => requireSafePath("evil-1-r0", path, defaultLimits), {
      code: "ROOTFS_UNSAFE_PATH",
      message: /evil-1-r0/,
    });
  });
}

test("a path over the limit is refused", () => {
  const path = Array.from({ length: 30 }, () => "d".repeat(200)).join("/");
  assert.throws(() => requireSafePath("evil-1-r0", path, defaultLimits), { code: "LIMIT_EXCEEDED" });
});

for (const path of ["etc/passwd", "usr/share/a b", "usr/...", "a/.hidden", "ünï/çødé", "n".repeat(255)]) {
  test(`${JSON.stringify(path.slice(0, 20))} is a path like any other`, () => {
    assert.doesNotThrow(() => requireSafePath("good-1-r0", path, defaultLimits));
  });
}

test("a link may point anywhere, but its text has no control characters and is not empty", () => {
  assert.doesNotThrow(() => requireSafeLinkText("p-1", "a", "../../../../etc/shadow", defaultLimits));
  for (const text of ["", "a\nb", "a\0b"]) {
    assert.throws(() => requireSafeLinkText("p-1", "a", text, defaultLimits), { code: "ROOTFS_UNSAFE_PATH" });
  }
});

test("names with a leading dot are passed over at the top level only", () => {
  assert.deepEqual([".dummy", "./usr/bin/x", ".a/b", "a/.b"].map(isPassedOver), [true, true, true, false]);
});

test("whiteout names are seen in every component", () => {
  assert.deepEqual([".wh.a", "a/.wh.b", "a/.wh.b/c", "a/x.wh.b", "a/.whb"].map(isWhiteout), [
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("ancestors stand nearest the root first and leave out the path itself", () => {
  assert.deepEqual(ancestorsOf("usr/lib/apk/db"), ["usr", "usr/lib", "usr/lib/apk"]);
  assert.deepEqual(ancestorsOf("usr"), []);
});
