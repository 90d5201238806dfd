import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changesOf, repositoryOf } from "./testing/universe-text.ts";

/** What reference apk-formats A10.1, A10.2, A10.5 and A10.6 say of packages that are installed, tested from their words. */

const add = (...packages: readonly string[]) => ({ kind: "add", packages }) as const;
const remove = (...packages: readonly string[]) => ({ kind: "remove", packages }) as const;

/** Changes whose order is not what the rule is about. */
function inAnyOrder(changes: string): string {
  return changes.split("; ").sort().join("; ");
}

const twoVersions = `
  P:a
  V:2

  P:a
  V:1

  P:b
  V:1`;

describe("A10.2 installed", () => {
  test("A10.2: what is installed can be chosen, also when no repository has it", () => {
    assert.equal(changesOf({ installed: "P:a\nV:1", offered: "P:b\nV:1", world: "a", verb: add("b") }), "install b-1");
  });

  test("A10.2: its tag counts as allowed", () => {
    const edge = repositoryOf("P:a\nV:1\n\nP:b\nV:1\nD:a", "edge");
    assert.equal(
      changesOf({
        installed: "P:a\nV:1\ns:edge",
        offered: [edge, repositoryOf("P:b\nV:1\nD:a")],
        world: "a@edge",
        verb: add("b"),
      }),
      "install b-1",
    );
  });
});

describe("A10.5 installed", () => {
  test("A10.5: what is installed is preferred to a newer one", () => {
    assert.equal(changesOf({ installed: "P:a\nV:1", offered: twoVersions, world: "a", verb: add("b") }), "install b-1");
    assert.equal(changesOf({ installed: "P:a\nV:1", offered: twoVersions, world: "a", verb: add("a") }), "nothing");
  });

  test("A10.5: not to one that alone can be chosen", () => {
    assert.equal(
      changesOf({ installed: "P:a\nV:1", offered: twoVersions, world: "a", verb: add("a>1") }),
      "upgrade a-1 to a-2",
    );
    const needs = `${twoVersions}\n\nP:c\nV:1\nD:a>1`;
    assert.equal(
      changesOf({ installed: "P:a\nV:1", offered: needs, world: "a", verb: add("c") }),
      "upgrade a-1 to a-2; install c-1",
    );
  });

  test("A10.5: not to one whose tag is preferred", () => {
    const repositories = [repositoryOf("P:a\nV:1"), repositoryOf("P:a\nV:2", "edge")];
    assert.equal(
      changesOf({ installed: "P:a\nV:1", offered: repositories, world: "a", verb: add("a@edge") }),
      "upgrade a-1 to a-2",
    );
  });

  const providers = (version: string): string => `
    P:q
    V:1
    k:1
    p:x${version}

    P:p
    V:1
    k:2
    p:x${version}

    P:b
    V:1`;
  const installedProvider = (version: string): string => `P:q\nV:1\nk:1\np:x${version}`;

  test("A10.5: of providers with a version the installed one is preferred to one of higher priority", () => {
    assert.equal(
      changesOf({ installed: installedProvider("=1"), offered: providers("=1"), world: "x", verb: add("b") }),
      "install b-1",
    );
  });

  test("A10.5: of two without a version the priority goes first", () => {
    assert.equal(
      inAnyOrder(changesOf({ installed: installedProvider(""), offered: providers(""), world: "x", verb: add("b") })),
      "install b-1; install p-1; remove q-1",
    );
  });

  test("A10.5: at the same priority the installed one is preferred to one of a lower repository", () => {
    const same = (name: string): string => `P:${name}\nV:1\nk:1\np:x`;
    assert.equal(
      changesOf({
        installed: same("q"),
        offered: [repositoryOf(`${same("p")}\n\nP:b\nV:1`), repositoryOf(same("q"))],
        world: "x",
        verb: add("b"),
      }),
      "install b-1",
    );
  });
});

describe("A10.6 removals", () => {
  test("A10.6: what is installed and neither asked for nor needed goes with the next change", () => {
    assert.equal(
      inAnyOrder(changesOf({ installed: "P:a\nV:1\n\nP:old\nV:1", offered: twoVersions, world: "a", verb: add("b") })),
      "install b-1; remove old-1",
    );
  });

  test("A10.6: of several that nobody needs, each goes in the order of the database", () => {
    const installed = ["P:z\nV:1", "P:a\nV:1", "P:m\nV:1", "P:b\nV:1"].join("\n\n");
    assert.equal(
      changesOf({ installed, offered: twoVersions, world: "a", verb: add("a") }),
      "remove z-1; remove m-1; remove b-1",
    );
  });

  test("A10.6: what a removed package needed goes after it", () => {
    assert.equal(
      changesOf({
        installed: "P:a\nV:1\nD:b\n\nP:b\nV:1\nD:c\n\nP:c\nV:1",
        offered: "",
        world: "a",
        verb: remove("a"),
      }),
      "remove a-1; remove b-1; remove c-1",
    );
  });

  test("A10.6: it stays as long as something else needs it, or the world asks for it", () => {
    const installed = "P:a\nV:1\nD:b\n\nP:b\nV:1\n\nP:c\nV:1\nD:b";
    assert.equal(changesOf({ installed, offered: "", world: "a c", verb: remove("a") }), "remove a-1");
    assert.equal(
      changesOf({ installed: "P:a\nV:1\nD:b\n\nP:b\nV:1", offered: "", world: "a b", verb: remove("a") }),
      "remove a-1",
    );
  });

  test("A10.6: what an upgrade no longer needs goes after it", () => {
    assert.equal(
      changesOf({
        installed: "P:a\nV:1\nD:b\n\nP:b\nV:1",
        offered: twoVersions,
        world: "a",
        verb: { kind: "upgrade" },
      }),
      "upgrade a-1 to a-2; remove b-1",
    );
  });

  test("A10.6: what is displaced goes before the package that takes over its name", () => {
    const offered = "P:new\nV:1\np:a=2";
    assert.equal(
      changesOf({ installed: "P:a\nV:1", offered, world: "a", verb: add("new") }),
      "remove a-1; install new-1",
    );
  });

  test("A10.6: what install_if brought goes when its condition does", () => {
    const installed = "P:a\nV:1\n\nP:doc\nV:1\n\nP:a-doc\nV:1\ni:a=1 doc";
    assert.equal(
      inAnyOrder(changesOf({ installed, offered: "", world: "a doc", verb: remove("doc") })),
      "remove a-doc-1; remove doc-1",
    );
  });
});
