import assert from "node:assert/strict";
import { test } from "node:test";
import type { InstalledRecord } from "../installed-package.ts";
import { emptyRecord } from "../package-info.ts";
import { solve } from "../solve.ts";
import { installedOf, repositoryOf } from "../testing/universe-text.ts";
import { impliedWorld } from "./implied-world.ts";

const database = `
  P:app
  V:1
  D:lib so:x

  P:lib
  V:1

  P:x
  V:1
  p:so:x=1
  D:y

  P:y
  V:1
  D:x

  P:m
  V:1
  D:n

  P:n
  V:1
  D:m

  P:pinned
  V:1
  s:edge`;

test("the world of a database is what nothing else in it needs, under its tag, and one of each circle", () => {
  assert.deepEqual(impliedWorld(installedOf(database)), ["app", "pinned@edge", "m"]);
});

test("under it everything stays", () => {
  const installed = installedOf(database);
  const repositories = [repositoryOf("P:other\nV:1"), repositoryOf("P:e\nV:1", "edge")];
  const solution = solve({ repositories, installed, world: impliedWorld(installed), verb: { kind: "upgrade" } });
  assert.deepEqual(solution.ok && solution.changes, []);
});

test("a package may need more others than the engine takes arguments", () => {
  const names = Array.from({ length: 200_000 }, (_, index) => `p${index}`);
  const installed = [recordOf("all", { depends: names }), ...names.map((name) => recordOf(name))];
  assert.deepEqual(impliedWorld(installed), ["all"]);
});

test("packages that all provide and need one name end at a bound", () => {
  const installed = Array.from({ length: 20_000 }, (_, index) =>
    recordOf(`p${index}`, { depends: ["v"], provides: ["v"] }),
  );
  assert.throws(() => impliedWorld(installed), { code: "APK_RESOLVE_LIMIT" });
});

function recordOf(name: string, more: Partial<InstalledRecord> = {}): InstalledRecord {
  return { ...emptyRecord, name, version: "1", replaces: [], replacesPriority: 0, tag: "", flags: "", ...more };
}
