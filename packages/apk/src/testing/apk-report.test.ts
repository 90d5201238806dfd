import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReport } from "./apk-report.ts";

test("each block has a head: a package, or a name that is missing or virtual", () => {
  const message = [
    "WARNING: something else.",
    "ERROR: unable to select packages:",
    "  gone (no such package):",
    "    required by: a-1-r0[gone]",
    "  cmd:run (virtual):",
    "    note: please select one of the 'provided by'",
    "          packages explicitly",
    "  a-1-r0:",
    "    conflicts: b-1-r0",
    "    satisfies: world[a]",
  ].join("\n");
  assert.deepEqual(parseReport(message), [
    { head: "gone", kind: "no such package" },
    { head: "cmd:run", kind: "virtual" },
    { head: "a-1-r0", kind: "package" },
  ]);
});

test("a message that blames nobody has no blocks", () => {
  assert.deepEqual(parseReport("ERROR: unable to select packages:\nHuh?\n"), []);
});
