import assert from "node:assert/strict";
import { test } from "node:test";
import { dependencyPlaces, type Dependent } from "./dependencies.ts";

function packageOf(name: string, depends: string[] = [], provides: string[] = [], version = "1-r0"): Dependent {
  return { name, version, depends, provides };
}

const rows: readonly [what: string, packages: Dependent[], found: number[]][] = [
  ["by its name", [packageOf("a", ["b"]), packageOf("b")], [1]],
  ["by its name and version", [packageOf("a", ["b>=2"]), packageOf("b", [], [], "2-r0")], [1]],
  ["by what it provides", [packageOf("a", ["so:b.so.1"]), packageOf("b", [], ["so:b.so.1=1.2"])], [1]],
  ["by a command", [packageOf("a", ["/bin/sh"]), packageOf("b", [], ["/bin/sh"])], [1]],
  ["once, however often it is asked for", [packageOf("a", ["b", "b", "c"]), packageOf("b", [], ["c"])], [1]],
  ["of two by the one of that name", [packageOf("a", ["b"]), packageOf("c", [], ["b=3"]), packageOf("b")], [2]],
  ["of two by the one that will do", [packageOf("a", ["b>=2"]), packageOf("c", [], ["b=3"]), packageOf("b")], [1]],
  [
    "by two when both will do",
    [packageOf("a", ["v"]), packageOf("b", [], ["v=1"]), packageOf("c", [], ["v=2"])],
    [1, 2],
  ],
  ["with a pinned repository", [packageOf("a", ["b@edge"]), packageOf("b")], [1]],
  ["not by itself", [packageOf("a", ["a", "b"], ["b"])], []],
  ["not by a conflict", [packageOf("a", ["!b"]), packageOf("b")], []],
  ["not at all when nothing does", [packageOf("a", ["b", "", "<", "b>=é"])], []],
];

for (const [what, packages, found] of rows)
  test(`a dependency is met ${what}`, () => {
    assert.deepEqual(dependencyPlaces(packages)[0], found);
  });
