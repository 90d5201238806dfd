import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { blamed, chosen, repositoryOf } from "./testing/universe-text.ts";

/** Reference apk-formats A10.5 (which provider is chosen, and what that entails), tested from its words, the first difference first. */

describe("A10.5 the better provider", () => {
  test("A10.5: one that can be chosen goes before one that cannot, whatever its version", () => {
    assert.equal(chosen("P:a\nV:2\n\nP:a\nV:1", "a<2"), "a-1");
    assert.equal(chosen("P:a\nV:2\nX:unknown\n\nP:a\nV:1", "a"), "a-1");
  });

  test("A10.5: where none can, one of the last merge goes before others", () => {
    // b is out before its dependants are merged; c, though older, was still a candidate then.
    const index = `
      P:n
      V:1
      D:x

      P:b
      V:1
      p:x=2

      P:c
      V:1
      p:x=1

      P:y
      V:1
      D:n !c`;
    assert.equal(blamed(index, "!b y"), "c-1");
  });

  test("A10.5: then one with fewer conflicts", () => {
    const index = `
      P:a
      V:2

      P:a
      V:1

      P:p
      V:1
      D:a=3

      P:q
      V:1
      D:a<2

      P:r
      V:1
      D:a<2`;
    assert.equal(blamed(index, "p q r"), "a-1");
  });

  test("A10.5: one whose tag is allowed goes before one whose tag is not", () => {
    assert.equal(chosen([repositoryOf("P:a\nV:2", "edge"), repositoryOf("P:a\nV:1")], "a"), "a-1");
  });

  test("A10.5: one whose tag is preferred goes before a newer one", () => {
    assert.equal(chosen([repositoryOf("P:a\nV:2"), repositoryOf("P:a\nV:1", "edge")], "a@edge"), "a-1");
  });

  test("A10.5: the higher version of the requested name goes before the higher version of the package", () => {
    const index = `
      P:p
      V:9
      p:x=1

      P:q
      V:1
      p:x=2`;
    assert.equal(chosen(index, "x"), "q-1");
  });

  test("A10.5: of one package name the higher version of the package is taken", () => {
    const index = `
      P:p
      V:1
      p:x=1
      k:9

      P:p
      V:2
      p:x=1`;
    assert.equal(chosen(index, "x"), "p-2");
  });

  test("A10.5: of different packages the higher priority is taken, not the higher version", () => {
    const index = `
      P:p
      V:1
      p:x=1
      k:2

      P:q
      V:2
      p:x=1
      k:1`;
    assert.equal(chosen(index, "x"), "p-1");
  });

  test("A10.5: the version of the name goes before the priority", () => {
    const index = `
      P:p
      V:1
      p:x=1
      k:9

      P:q
      V:1
      p:x=2`;
    assert.equal(chosen(index, "x"), "q-1");
  });

  test("A10.5: of providers that are equal otherwise that of the lower repository is taken", () => {
    const [first, second] = [repositoryOf("P:p\nV:1\np:x=1"), repositoryOf("P:q\nV:1\np:x=1")];
    assert.equal(chosen([first, second], "x"), "p-1");
    assert.equal(chosen([second, first], "x"), "q-1");
  });

  test("A10.5: the priority goes before the repository, and so does the version", () => {
    assert.equal(chosen([repositoryOf("P:p\nV:1\np:x=1"), repositoryOf("P:q\nV:1\np:x=1\nk:1")], "x"), "q-1");
    assert.equal(chosen([repositoryOf("P:a\nV:1"), repositoryOf("P:a\nV:2")], "a"), "a-2");
  });
});

describe("A10.5 what a choice entails", () => {
  test("A10.5: a package that is chosen for one name takes all that it provides", () => {
    const index = `
      P:p
      V:1
      p:x=1 y=1

      P:q
      V:1
      p:y=9`;
    assert.equal(chosen(index, "x y"), "p-1");
  });

  test("A10.5: other providers are out, those without a version stay beside one without a version", () => {
    const others = (provided: string): string => `
      P:p
      V:1
      p:x

      P:q
      V:2
      p:${provided}

      P:q
      V:1`;
    assert.equal(chosen(others("x"), "p q"), "p-1 q-2");
    assert.equal(chosen(others("x=1"), "p q"), "p-1 q-1".replace("q-1", "q-1"));
  });

  test("A10.5: its dependencies hold from then on", () => {
    const index = `
      P:a
      V:1
      D:b<2 !c

      P:b
      V:2

      P:b
      V:1

      P:c
      V:1`;
    assert.equal(chosen(index, "a b"), "b-1 a-1");
    assert.equal(chosen(index, "a c"), "none");
  });
});

describe("A10.5 failure", () => {
  test("A10.5: that what is chosen could not be chosen is a failure, and apk does not go back to another choice", () => {
    assert.equal(chosen("P:a\nV:1", "a>1"), "none");
    assert.equal(chosen("P:a\nV:2\nD:nowhere\n\nP:a\nV:1", "a"), "none");
  });

  test("A10.5: that the tag of what is chosen is not allowed is a failure", () => {
    assert.equal(chosen([repositoryOf("P:a\nV:1", "edge")], "a"), "none");
  });

  test("A10.5: that a required name has no provider is a failure", () => {
    assert.equal(chosen("P:a\nV:1", "b"), "none");
  });

  test("A10.5: that two packages are chosen for one name is a failure", () => {
    assert.equal(chosen("P:p\nV:1\np:x=1\n\nP:q\nV:1\np:x=1", "p q"), "none");
  });

  test("A10.5: a failure is reported with what was chosen all the same", () => {
    assert.equal(blamed("P:a\nV:2\n\nP:a\nV:1", "a>2"), "a-2");
  });
});
