import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changesOf, repositoryOf } from "./testing/universe-text.ts";

/** Reference apk-formats A10.7 (what the flags of apk's commands mean), and A10.5 as far as it speaks of flags, tested from their words. */

const versionsOf = (name: string, ...versions: readonly string[]): string =>
  versions.map((version) => `P:${name}\nV:${version}`).join("\n\n");

/** a needs b; both are installed as 1, and there is 2 of both. */
const installed = "P:a\nV:1\nD:b\n\nP:b\nV:1";
const offered = "P:a\nV:1\nD:b\n\nP:a\nV:2\nD:b\n\nP:b\nV:1\n\nP:b\nV:2\n\nP:c\nV:1";

describe("A10.7 add", () => {
  test("A10.7: without a flag what is installed stays", () => {
    assert.equal(
      changesOf({ installed, offered, world: "a", verb: { kind: "add", packages: ["a", "c"] } }),
      "install c-1",
    );
  });

  test("A10.7: -u upgrades what is named, and what that depends on", () => {
    const verb = { kind: "add", packages: ["a"], upgrade: true } as const;
    assert.equal(changesOf({ installed, offered, world: "a", verb }), "upgrade b-1 to b-2; upgrade a-1 to a-2");
  });

  test("A10.7: -u leaves alone what is not named", () => {
    const verb = { kind: "add", packages: ["b"], upgrade: true } as const;
    assert.equal(changesOf({ installed, offered, world: "a", verb }), "upgrade b-1 to b-2");
    assert.equal(changesOf({ installed, offered, world: "a", verb: { ...verb, packages: ["c"] } }), "install c-1");
  });

  const impossible = "P:a\nV:1\n\nP:a\nV:2\nD:m\n\nP:m\nV:1\n\nP:c\nV:1\nD:!m";

  test("A10.7: -l takes the newest, also where that cannot be", () => {
    assert.equal(
      changesOf({ installed: "P:z\nV:1", offered: impossible, world: "z !m", verb: { kind: "add", packages: ["a"] } }),
      "install a-1",
    );
    assert.equal(
      changesOf({
        installed: "P:z\nV:1",
        offered: impossible,
        world: "z !m",
        verb: { kind: "add", packages: ["a"], latest: true },
      }),
      "none",
    );
  });

  test("A10.5: -l does so only among default pins", () => {
    const repositories = [repositoryOf(versionsOf("a", "3")), repositoryOf(versionsOf("a", "2"), "edge")];
    const verb = { kind: "add", packages: ["a@edge"], latest: true } as const;
    assert.equal(changesOf({ installed: "P:z\nV:1", offered: repositories, world: "z", verb }), "install a-2");
  });

  test("A10.7: -t adds a package of size 0 without architecture that depends on what is named", () => {
    const verb = {
      kind: "add",
      packages: ["b>1", "c"],
      virtual: { name: ".deps", version: "20240131.120000" },
    } as const;
    assert.equal(
      changesOf({ installed: "P:z\nV:1", offered, world: "z", verb }),
      "install b-2; install c-1; install .deps-20240131.120000",
    );
  });
});

describe("A10.7 upgrade", () => {
  test("A10.7: it upgrades the world, and what that depends on", () => {
    assert.equal(
      changesOf({ installed, offered, world: "a", verb: { kind: "upgrade" } }),
      "upgrade b-1 to b-2; upgrade a-1 to a-2",
    );
  });

  test("A10.7: with names it upgrades only those", () => {
    const both = `${installed}\n\nP:c\nV:1`;
    const verb = { kind: "upgrade", packages: ["c"] } as const;
    assert.equal(
      changesOf({ installed: both, offered: `${offered}\n\nP:c\nV:2`, world: "a c", verb }),
      "upgrade c-1 to c-2",
    );
  });

  const withdrawn = { installed: "P:a\nV:3", offered: versionsOf("a", "1", "2"), world: "a" };

  test("A10.7: what is newer than anything on offer stays", () => {
    assert.equal(changesOf({ ...withdrawn, verb: { kind: "upgrade" } }), "nothing");
  });

  test("A10.7: -a prefers what can be had, be it older", () => {
    assert.equal(changesOf({ ...withdrawn, verb: { kind: "upgrade", available: true } }), "downgrade a-3 to a-2");
  });

  test("A10.7: -a replaces a package of the same version that no repository has", () => {
    const other = { installed: "P:a\nV:1\nT:of our own", offered: versionsOf("a", "1"), world: "a" };
    assert.equal(changesOf({ ...other, verb: { kind: "upgrade" } }), "nothing");
    assert.equal(changesOf({ ...other, verb: { kind: "upgrade", available: true } }), "replace a-1 to a-1");
  });

  test("A10.7: -l takes the newest, also where that cannot be", () => {
    const situation = { installed: "P:a\nV:1", offered: "P:a\nV:1\n\nP:a\nV:2\nD:m\n\nP:m\nV:1", world: "a !m" };
    assert.equal(changesOf({ ...situation, verb: { kind: "upgrade" } }), "nothing");
    assert.equal(changesOf({ ...situation, verb: { kind: "upgrade", latest: true } }), "none");
  });

  test("A10.7: --prune drops what no repository has from the world", () => {
    const situation = { installed: "P:a\nV:1\n\nP:gone\nV:1", offered: versionsOf("a", "1"), world: "a gone" };
    assert.equal(changesOf({ ...situation, verb: { kind: "upgrade" } }), "nothing");
    assert.equal(changesOf({ ...situation, verb: { kind: "upgrade", prune: true } }), "remove gone-1");
  });

  test("A10.7: --ignore keeps what is installed", () => {
    const verb = { kind: "upgrade", ignore: ["b"] } as const;
    assert.equal(changesOf({ installed, offered, world: "a", verb }), "upgrade a-1 to a-2");
  });
});

describe("A10.7 fix", () => {
  const situation = { installed, offered, world: "a" };

  test("A10.7: it lays down what is named again", () => {
    assert.equal(changesOf({ ...situation, verb: { kind: "fix", packages: ["a"] } }), "reinstall a-1");
    assert.equal(changesOf({ ...situation, verb: { kind: "fix", packages: ["a"], reinstall: true } }), "reinstall a-1");
  });

  test("A10.7: -u takes newer ones", () => {
    assert.equal(
      changesOf({ ...situation, verb: { kind: "fix", packages: ["a"], upgrade: true } }),
      "upgrade a-1 to a-2",
    );
  });

  test("A10.7: without names it is about what the database says is broken", () => {
    const broken = "P:a\nV:1\nD:b\n\nP:b\nV:1\nf:f";
    assert.equal(changesOf({ ...situation, installed: broken, verb: { kind: "fix" } }), "reinstall b-1");
    assert.equal(changesOf({ ...situation, verb: { kind: "fix" } }), "nothing");
  });
});

describe("A10.7 del", () => {
  test("A10.7: it drops the name from the world, and the package with it", () => {
    assert.equal(
      changesOf({ installed: versionsOf("a", "1"), offered, world: "a", verb: { kind: "remove", packages: ["a"] } }),
      "remove a-1",
    );
  });

  test("A10.7: what something else needs stays", () => {
    assert.equal(
      changesOf({ installed, offered: "", world: "a b", verb: { kind: "remove", packages: ["b"] } }),
      "nothing",
    );
  });

  test("A10.5: that it is installed counts for nothing then: the newest is taken, as for a new one", () => {
    assert.equal(
      changesOf({ installed, offered, world: "a b", verb: { kind: "remove", packages: ["b"] } }),
      "upgrade b-1 to b-2",
    );
  });

  test("A10.7: -r drops what depends on it as well", () => {
    const verb = { kind: "remove", packages: ["b"], dependants: true } as const;
    assert.equal(changesOf({ installed, offered, world: "a b", verb }), "remove a-1; remove b-1");
  });

  test("A10.5: another provider may take its place", () => {
    const providers = "P:q\nV:1\nk:1\np:x=1\n\nP:p\nV:1\nk:2\np:x=1";
    assert.equal(
      changesOf({
        installed: "P:q\nV:1\nk:1\np:x=1",
        offered: providers,
        world: "q x",
        verb: { kind: "remove", packages: ["q"] },
      }),
      "remove q-1; install p-1",
    );
  });
});
