import assert from "node:assert/strict";
import { test } from "node:test";
import { planManifest } from "./manifest.ts";
import { device, directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { planOf } from "./testing/plan-of.ts";

test("each kind of entry is one line of nine fields", () => {
  const entries = [
    directory("d", { mode: 0o1777, uid: 1, uname: "", mtime: 5 }),
    file("d/f", "abc", { mode: 0o4755, mtime: 6 }),
    hardlink("d/h", "d/f"),
    symlink("l", "ünï", { mtime: 7 }),
    device("n", 8, 16, { type: "block", mode: 0o660, mtime: 8 }),
    { ...device("p", 0, 0), type: "fifo" as const, mtime: 9 },
  ];
  const planned = planOf([packageOf("a", entries)]).entries.filter(({ source }) => source.kind === "package");
  const sha256 = file("x", "abc").sha256;
  assert.equal(
    planManifest(planned),
    [
      "d\t1777\t1\t0\t-\t-\t-\t./d\t",
      `f\t4755\t0\t0\t3\t6\t${sha256}\t./d/f\t`,
      `f\t4755\t0\t0\t3\t6\t${sha256}\t./d/h\td/f`,
      "l\t777\t0\t0\t5\t7\t-\t./l\tünï",
      "b\t660\t0\t0\t8,16\t8\t-\t./n\t",
      "p\t644\t0\t0\t-\t9\t-\t./p\t",
      "",
    ].join("\n"),
  );
});
