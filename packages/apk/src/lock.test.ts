import assert from "node:assert/strict";
import { test } from "node:test";
import { lockPackage, parseLock, solveLocked, type Lock } from "./lock.ts";
import { requireSolution, solve } from "./solve.ts";
import { repositoryOf } from "./testing/universe-text.ts";

const before = repositoryOf("P:app\nV:1\nD:lib any\n\nP:lib\nV:1\n\nP:x\nV:1\np:any\nk:1");
const after = repositoryOf(
  "P:app\nV:1\nD:lib any\n\nP:app\nV:2\n\nP:lib\nV:1\n\nP:lib\nV:2\n\nP:x\nV:1\np:any\nk:1\n\nP:y\nV:1\np:any\nk:9",
);

/** What `repo resolve --json` prints, read again. */
function lockOf(...world: readonly string[]): Lock {
  const install = requireSolution(solve({ repositories: [before], world })).map(lockPackage);
  return parseLock(JSON.stringify({ install }));
}

function labels(install: readonly { readonly record: { readonly name: string; readonly version: string } }[]): string {
  return install.map(({ record }) => `${record.name}-${record.version}`).join(" ");
}

test("a lock gives the same packages in the same order, though there are newer and better ones", () => {
  const lock = lockOf("app");
  assert.equal(labels(requireSolution(solve({ repositories: [after], world: ["app"] }))), "app-2");
  const { install, missing } = solveLocked({ repositories: [after], lock });
  assert.equal(labels(install), "lib-1 x-1 app-1");
  assert.deepEqual(missing, []);
});

test("a lock chooses by identity: where the packages come from, and under which tag, may change", () => {
  const moved = { ...after, tag: "edge", location: "elsewhere" };
  const [first] = solveLocked({ repositories: [moved], lock: lockOf("app") }).install;
  assert.equal(first?.repository, moved);
});

test("a part of a lock is resolved among what it lists", () => {
  assert.equal(labels(solveLocked({ repositories: [after], lock: lockOf("app"), world: ["any"] }).install), "x-1");
  assert.throws(() => solveLocked({ repositories: [after], lock: lockOf("lib"), world: ["app"] }), {
    code: "APK_STALE_LOCK",
  });
});

test("what is locked and not offered any more is named, with what is offered instead", () => {
  const gone = repositoryOf("P:app\nV:1\nD:lib any\n\nP:lib\nV:2\n\nP:x\nV:1\np:any\nk:1");
  assert.throws(
    () => solveLocked({ repositories: [gone], lock: lockOf("app") }),
    (error: { code?: string; reasons?: readonly object[] }) => {
      assert.equal(error.code, "APK_STALE_LOCK");
      assert.deepEqual(error.reasons?.[0], {
        package: "lib-1",
        note: "is locked, and no repository offers it any more",
        requiredBy: [],
        candidates: [{ version: "lib-2", rejected: "is not the locked one" }],
      });
      return true;
    },
  );
  const { install, missing } = solveLocked({ repositories: [gone], lock: lockOf("app"), world: ["x"] });
  assert.equal(labels(install), "x-1");
  assert.deepEqual(
    missing.map(({ name }) => name),
    ["lib"],
  );
});

const broken: readonly (readonly [what: string, text: string])[] = [
  ["no JSON", "{"],
  ["no object", "7"],
  ["no list of packages", '{"install":{}}'],
  ["a package without a checksum", '{"install":[{"name":"a","version":"1"}]}'],
  ["a world that is no list of texts", '{"install":[],"world":[1]}'],
];
for (const [what, text] of broken) {
  test(`a lock with ${what} is refused`, () => {
    assert.throws(() => parseLock(text), { code: "APK_BAD_LOCK" });
  });
}
