import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chosen } from "./testing/universe-text.ts";

/**
 * Reference apk-formats A10.4 (what follows from what, and what is decided first), tested from its words.
 *
 * Two names compete in most of these universes: the newest package of either provides `t`, and only one can. Whichever name is
 * decided first gets its newest.
 */
const rivals = (...names: readonly string[]): string =>
  names.map((name) => `P:${name}\nV:2\np:t=1\n\nP:${name}\nV:1\np:own-${name}=1`).join("\n\n");

describe("A10.4 order of decisions", () => {
  test("A10.4: the world is applied in the order of its names: the last one has the highest order id, and is decided first", () => {
    assert.equal(chosen(rivals("a", "b"), "a b"), "a-1 b-2");
    assert.equal(chosen(rivals("b", "a"), "b a"), "a-1 b-2");
  });

  test("A10.4: names that were asked for are decided before all others", () => {
    const needsLater = `${rivals("a", "d")}\n\nP:p\nV:1\nD:d`;
    assert.equal(chosen(needsLater, "a p"), "a-2 d-1 p-1");
  });

  test("A10.4: names that a real package has are decided before virtual ones", () => {
    const index = `
      ${rivals("r")}

      P:x
      V:1
      p:v=2 t=2

      P:y
      V:1
      p:v=1

      P:p
      V:1
      D:r v`;
    assert.equal(chosen(index, "p"), "r-2 y-1 p-1");
  });

  test("A10.4: ids are dealt when all that a name leads to has its id: what is needed is decided after what needs it", () => {
    // d hangs on a-1 as well as on p, so that it is there before a is decided.
    const index = `
      P:a
      V:2
      D:d
      p:t=1

      P:a
      V:1
      D:d

      ${rivals("d")}

      P:p
      V:1
      D:a d`;
    assert.equal(chosen(index, "p"), "d-1 a-2 p-1");
  });

  test("A10.4: what its dependencies lead to is discovered before what depends by install_if", () => {
    assert.equal(chosen(`${rivals("a", "b")}\n\nP:p\nV:1\nD:a b`, "p"), "a-1 b-2 p-1");
    assert.equal(chosen(`${rivals("a", "b")}\n\nP:p\nV:1\nD:b a`, "p"), "b-1 a-2 p-1");
  });

  // Both b and y are discovered through a, by their install_if: a has the highest id of the three.
  const certain = `
    P:b
    V:1
    D:!a>1
    i:a

    P:a
    V:2

    P:a
    V:1`;
  const needsIt = "P:y\nV:1\nD:b\ni:a";

  test("A10.4: a required name with one option is decided at once when all that depend on it are", () => {
    assert.equal(chosen(certain, "a b"), "a-1 b-1");
  });

  test("A10.4: it waits as long as a name that depends on it is undecided", () => {
    assert.equal(chosen(`${certain}\n\n${needsIt}\n\nP:y\nV:2\nD:b`, "a b y"), "none");
    assert.equal(chosen(`${certain}\n\n${needsIt}`, "a b"), "none");
  });

  test("A10.4: names with a provider that may be chosen unasked are decided before the rest", () => {
    // The virtual name v has no such provider until w, of the world, has been decided for p.
    const index = `
      P:p
      V:1
      p:v w=1

      P:q
      V:1
      p:v

      P:a
      V:1
      D:v`;
    assert.equal(chosen(index, "a w"), "p-1 a-1");
  });
});

describe("A10.4 constraints", () => {
  test("A10.4: a provider that does not satisfy a constraint is out", () => {
    const index = `
      P:a
      V:2

      P:a
      V:1

      P:b
      V:1
      D:a<2`;
    assert.equal(chosen(index, "a b"), "a-1 b-1");
  });

  test("A10.4: a conflict does not require its name", () => {
    assert.equal(chosen("P:a\nV:1\nD:!b\n\nP:b\nV:1", "a"), "a-1");
    assert.equal(chosen("P:b\nV:1", "!b"), "");
  });

  test("A10.4: a provider whose dependency has become impossible is dropped", () => {
    const index = `
      P:a
      V:2
      D:m

      P:a
      V:1

      P:m
      V:1`;
    assert.equal(chosen(index, "a"), "m-1 a-2");
    assert.equal(chosen(index, "a !m"), "a-1");
  });

  test("A10.4: that goes on from one to the next", () => {
    const index = `
      P:a
      V:2
      D:m

      P:a
      V:1

      P:m
      V:1
      D:n

      P:n
      V:1`;
    assert.equal(chosen(index, "a !n"), "none");
    assert.equal(chosen(`${index}\n\nP:m\nV:0`, "a !n"), "m-0 a-2");
  });
});

describe("A10.4 common to all candidates", () => {
  test("A10.4: an only candidate's dependencies hold at once, in full", () => {
    const index = `
      P:a
      V:1
      D:z<2

      P:z
      V:2

      P:z
      V:1`;
    assert.equal(chosen(index, "a z"), "z-1 a-1");
  });

  test("A10.4: a name that all candidates depend on is required at once", () => {
    // d is discovered through c, by its install_if, so that c is decided first.
    const index = (second: string): string => `
      P:d
      V:2
      D:b
      i:c

      P:d
      V:1
      ${second}

      P:b
      V:1
      D:c<2

      P:c
      V:2

      P:c
      V:1`;
    assert.equal(chosen(index("D:b"), "c d"), "c-1 b-1 d-2");
    assert.equal(chosen(index(""), "c d"), "none");
  });

  test("A10.4: conflicts are not: they wait for the decision", () => {
    const index = (d: string): string => `
      P:d
      V:1
      D:${d}
      i:c

      P:y
      V:2
      D:d
      i:c

      P:y
      V:1
      D:d

      P:c
      V:2

      P:c
      V:1`;
    assert.equal(chosen(index("c<2"), "c d y"), "c-1 d-1 y-2");
    assert.equal(chosen(index("!c>1"), "c d y"), "none");
  });

  test("A10.4: of several candidates only the name counts, not the version that each asks for", () => {
    const index = `
      P:a
      V:2
      D:b=2

      P:a
      V:1
      D:b=1

      P:b
      V:2

      P:b
      V:1`;
    assert.equal(chosen(index, "a"), "b-2 a-2");
    assert.equal(chosen(index, "a<2"), "b-1 a-1");
  });

  const transitive = (provided: string): string => `
    P:a
    V:2
    p:${provided}

    P:a
    V:1
    p:${provided}

    P:q
    V:2
    p:${provided}

    P:q
    V:1`;

  test("A10.4: a name that all candidates provide excludes what else provides it", () => {
    assert.equal(chosen(transitive("s=1"), "a q"), "a-2 q-1");
  });

  test("A10.4: a virtual one does not", () => {
    assert.equal(chosen(transitive("s"), "a q"), "a-2 q-2");
  });
});

describe("A10.4 install_if", () => {
  const index = `
    P:a
    V:1

    P:b
    V:1

    P:ab
    V:1
    i:a b=1`;

  test("A10.4: a package is triggered when all of its install_if is chosen and satisfied", () => {
    assert.equal(chosen(index, "a b"), "a-1 b-1 ab-1");
  });

  test("A10.4: it is not while one of them is missing, or of another version", () => {
    assert.equal(chosen(index, "a"), "a-1");
    assert.equal(chosen(index, "b"), "b-1");
    assert.equal(chosen(index.replace("i:a b=1", "i:a b=2"), "a b"), "a-1 b-1");
  });

  test("A10.4: what is triggered can trigger more", () => {
    assert.equal(chosen(`${index}\n\nP:more\nV:1\ni:ab`, "a b"), "a-1 b-1 ab-1 more-1");
  });

  test("A10.4: a conflict in it asks that the name is absent, and has that decided", () => {
    const without = `
      P:a
      V:1

      P:x
      V:1

      P:p
      V:1
      i:a !x`;
    assert.equal(chosen(without, "a"), "a-1 p-1");
    assert.equal(chosen(without, "a x"), "a-1 x-1");
  });

  test("A10.4: what is triggered and cannot be chosen is left out without a failure", () => {
    assert.equal(chosen(index, "!ab a b"), "a-1 b-1");
  });

  test("A10.4: it does not matter whether the conditions are met by name or by a provide", () => {
    assert.equal(chosen("P:a\nV:1\np:x=1\n\nP:p\nV:1\ni:x", "a"), "a-1 p-1");
    assert.equal(chosen("P:a\nV:1\np:x\n\nP:p\nV:1\ni:x", "a"), "a-1 p-1");
  });
});
