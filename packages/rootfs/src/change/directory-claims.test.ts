import assert from "node:assert/strict";
import { test } from "node:test";
import type { Claimant } from "../precedence.ts";
import { DirectoryClaims } from "./directory-claims.ts";

const claimant = (name: string, more: Partial<Claimant> = {}): Claimant => ({
  name,
  version: "1-r0",
  origin: name,
  replaces: [],
  replacesPriority: 0,
  ...more,
});
const says = (path: string, mode = 0o755) => ({ path, mode, uid: 0, gid: 0, xattrDigest: "" });

test("the stronger claim holds: priority, then the package of its origin's name, then the smaller name", () => {
  const claimants = [
    claimant("a"),
    claimant("b", { replacesPriority: 2 }),
    claimant("o", { origin: "o" }),
    claimant("c", { origin: "o" }),
  ];
  const strongest = (...owners: readonly number[]): string | undefined => {
    const claims = new DirectoryClaims(claimants);
    for (const owner of owners) claims.add(owner, [says("d")]);
    return claims.changed()[0]?.after?.by.name;
  };
  assert.deepEqual(
    [strongest(0, 1), strongest(1, 0), strongest(2, 3), strongest(3, 2), strongest(3, 0)],
    ["b", "b", "o", "o", "a"],
  );
});

test("what changes is told with what held before, and what does not is not told", () => {
  const claims = new DirectoryClaims([claimant("a"), claimant("b")]);
  claims.begin(0, [says("d", 0o700), says("e")]);
  claims.begin(1, [says("d", 0o711)]);
  claims.remove(0, [says("d")]);
  const [change, ...others] = claims.changed();
  assert.deepEqual(
    [change?.path, change?.before?.said.mode, change?.after?.said.mode, others],
    ["d", 0o700, 0o711, []],
  );
});

test("a directory is abandoned when nobody lists it or what is below, the deepest first", () => {
  const claims = new DirectoryClaims([claimant("a"), claimant("b")]);
  claims.begin(
    0,
    ["x", "x/y", "x/y/z", "k", "k/l", ""].map((path) => says(path)),
  );
  claims.begin(1, [says("k/l/m")]);
  claims.remove(
    0,
    ["x", "x/y", "x/y/z", "k", "k/l", ""].map((path) => says(path)),
  );
  assert.deepEqual(claims.abandoned(), ["x/y/z", "x/y", "x"]);
  assert.deepEqual([claims.isListed("k/l/m"), claims.isListed("x")], [true, false]);
});
