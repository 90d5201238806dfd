import assert from "node:assert/strict";
import { test } from "node:test";
import { isEngineError } from "@apkmill/core";
import type { InstallPlan } from "./plan.ts";
import { directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { planOf } from "./testing/plan-of.ts";

/**
 * Packages that try to reach out of the root, alone or together. A plan may refuse them by a code; what it lays stays inside: paths
 * without `..`, below planned directories only, hard links to planned files only.
 */
const games: readonly (readonly [name: string, packages: () => Parameters<typeof planOf>[0], outcome: string])[] = [
  [
    "a link to /etc outside, then another package's file through it",
    () => [packageOf("a", [symlink("conf", "/etc")]), packageOf("b", [file("conf/passwd")])],
    "ROOTFS_BAD_PARENT",
  ],
  [
    "a link above the root to a folder that is planned",
    () => [packageOf("a", [directory("etc"), symlink("conf", "../../../etc")]), packageOf("b", [file("conf/passwd")])],
    "laid",
  ],
  [
    "a chain of links above the root",
    () => [packageOf("a", [directory("d"), symlink("x", "y"), symlink("y", "../../d")]), packageOf("b", [file("x/f")])],
    "laid",
  ],
  [
    "links in a circle",
    () => [packageOf("a", [symlink("x", "y"), symlink("y", "x")]), packageOf("b", [file("x/f")])],
    "ROOTFS_BAD_PARENT",
  ],
  [
    "a file through a link in one package",
    () => [packageOf("a", [symlink("x", "/etc"), file("x/f")])],
    "ROOTFS_BAD_PARENT",
  ],
  [
    "a file on a link's own path",
    () => [packageOf("a", [symlink("x", "/etc/passwd")]), packageOf("b", [file("x")])],
    "ROOTFS_CONFLICT",
  ],
  ["a hard link out of the root", () => [packageOf("a", [hardlink("x", "../etc/passwd")])], "ROOTFS_UNSAFE_PATH"],
  ["a hard link to an absolute path", () => [packageOf("a", [hardlink("x", "/etc/passwd")])], "ROOTFS_UNSAFE_PATH"],
  ["a hard link to a later entry", () => [packageOf("a", [hardlink("x", "y"), file("y")])], "ROOTFS_BAD_LINK"],
  ["a hard link to itself", () => [packageOf("a", [hardlink("x", "x")])], "ROOTFS_BAD_LINK"],
  ["a hard link to a directory", () => [packageOf("a", [directory("d"), hardlink("x", "d")])], "ROOTFS_BAD_LINK"],
  ["a chain of hard links", () => [packageOf("a", [file("x"), hardlink("y", "x"), hardlink("z", "y")])], "laid"],
  ["a path above the root", () => [packageOf("a", [file("usr/../../f")])], "ROOTFS_UNSAFE_PATH"],
  ["a path twice", () => [packageOf("a", [file("x"), file("x", "other")])], "ROOTFS_DUPLICATE_PATH"],
];

for (const [name, packages, outcome] of games) {
  test(`${name}: ${outcome}`, () => {
    const { code, plan } = attempt(() => planOf(packages()));
    assert.equal(code, outcome);
    if (plan !== undefined) requireInside(plan);
  });
}

function attempt(work: () => InstallPlan): { readonly code: string; readonly plan?: InstallPlan } {
  try {
    return { code: "laid", plan: work() };
  } catch (error) {
    return { code: isEngineError(error) ? error.code : `uncoded: ${String(error)}` };
  }
}

function requireInside(plan: InstallPlan): void {
  const types = new Map(plan.entries.map(({ path, type }) => [path, type]));
  for (const { path, type, linkPath } of plan.entries) {
    assert.doesNotMatch(path, /^\/|(^|\/)\.{1,2}(\/|$)/);
    const slash = path.lastIndexOf("/");
    if (slash !== -1) assert.equal(types.get(path.slice(0, slash)), "directory", path);
    if (type === "hardlink") assert.equal(types.get(linkPath), "file", path);
  }
}
