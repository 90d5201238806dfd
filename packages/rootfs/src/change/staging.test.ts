import assert from "node:assert/strict";
import { test } from "node:test";
import { directory, file, hardlink, packageOf } from "../testing/build-package.ts";
import { planOf } from "../testing/plan-of.ts";
import { viewOf } from "../testing/view-of.ts";
import { planStaging, stagedName, stagedPath } from "./staging.ts";

const plan = planOf([
  packageOf("p", [file("etc/f"), directory("new/deep"), file("new/deep/g"), hardlink("new/h", "new/deep/g")]),
]);
const entries = plan.entries.filter(({ path }) => /^(etc\/f$|new)/.test(path));

test("a file goes beside its place, what is in a new directory into that directory", () => {
  const staging = planStaging(entries, viewOf({ etc: { mode: 0o755 } }));
  const [f, n] = [stagedPath("etc/f"), stagedPath("new")];
  assert.deepEqual(
    staging.entries.map(({ path, linkPath }) => [path, linkPath]),
    [
      [f, ""],
      [n, ""],
      [`${n}/deep`, ""],
      [`${n}/deep/g`, ""],
      [`${n}/h`, `${n}/deep/g`],
    ],
  );
  assert.deepEqual(staging.renames, [
    { from: f, to: "etc/f" },
    { from: n, to: "new" },
  ]);
});

test("names beside a place follow from the path, and are known again", () => {
  assert.equal(stagedPath("etc/f"), stagedPath("etc/f"));
  assert.notEqual(stagedPath("etc/f"), stagedPath("etc/g"));
  assert.match(stagedPath("etc/f").slice("etc/".length), stagedName);
  assert.match(stagedPath("f"), stagedName);
});

test("a directory goes where a file is deleted, with all that is in it", () => {
  const staging = planStaging(entries, viewOf({ etc: { mode: 0o755 }, new: "a file" }));
  assert.deepEqual(staging.renames.at(-1), { from: stagedPath("new"), to: "new" });
});
