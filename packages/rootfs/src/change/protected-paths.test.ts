import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProtectedPaths, protectionOf } from "./protected-paths.ts";

const protects = (lines: readonly string[], ...directories: readonly string[]): boolean[] =>
  directories.map(protectionOf(parseProtectedPaths(lines)));

test("without a list etc is protected, with all below it, and nothing else", () => {
  assert.deepEqual(protects([], "etc", "etc/init.d", "etc/apk/keys", "", "usr", "usr/etc"), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("each sign but the minus protects; so does none", () => {
  assert.deepEqual(protects(["+a", "@b", "!c", "d", "-etc"], "a", "b", "c", "d", "etc", "etc/apk"), [
    true,
    true,
    true,
    true,
    false,
    true,
  ]);
});

test("of several rules for a directory the last one counts, and a deeper one goes before what is inherited", () => {
  assert.deepEqual(protects(["a", "-a", "-etc/x", "etc/x/y"], "a", "etc/x", "etc/x/y", "etc/z"), [
    false,
    false,
    true,
    true,
  ]);
});

test("patterns are matched name by name", () => {
  assert.deepEqual(
    protects(["opt/*/conf", "srv/[a-c]?"], "opt/a/conf", "opt/a/b/conf", "opt/conf", "srv/bz", "srv/dz"),
    [true, false, false, true, false],
  );
  assert.deepEqual(protects(["a[!x]", "b\\*", "c[", "[z-a]"], "ay", "ax", "b*", "bb", "c[", "m"), [
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
});

test("slashes around a pattern, empty lines and comments mean nothing", () => {
  assert.deepEqual(protects(["/var/lib/", "", "# opt", "/"], "var/lib", "opt", "", "var"), [true, false, false, false]);
});
