import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { solve } from "./solve.ts";
import { chosen, repositoryOf } from "./testing/universe-text.ts";

/** Reference apk-formats A10.1 (names and packages) and A10.2 (what can be chosen), tested from their words. */

describe("A10.1 model", () => {
  test("A10.1: a package provides its own name and what it lists", () => {
    const index = `
      P:a
      V:1
      p:x=2 y=3`;
    assert.equal(chosen(index, "a=1 x=2 y=3"), "a-1");
  });

  test("A10.1: a name is provided by all packages that have it, whatever their own names are", () => {
    const index = `
      P:a
      V:1

      P:b
      V:1
      p:a=2`;
    assert.equal(chosen(index, "a"), "b-1");
    assert.equal(chosen(index, "a<2"), "a-1");
  });

  test("A10.1: providers stand in load order: of equal ones the first of the file is taken", () => {
    const index = (first: string, second: string): string => `
      P:${first}
      V:1
      p:x=1

      P:${second}
      V:1
      p:x=1`;
    assert.equal(chosen(index("a", "b"), "x"), "a-1");
    assert.equal(chosen(index("b", "a"), "x"), "b-1");
  });

  test("A10.1: repositories are loaded in their order", () => {
    const [first, second] = [
      repositoryOf("P:a\nV:1\np:x=1", "", "first"),
      repositoryOf("P:b\nV:1\np:x=1", "", "second"),
    ];
    assert.equal(chosen([first, second], "x"), "a-1");
    assert.equal(chosen([second, first], "x"), "b-1");
  });

  test("A10.1: packages of one identity in several repositories are one package, of the first", () => {
    const text = `
      C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=
      P:a
      V:1
      p:x=1`;
    const solution = solve({
      repositories: [repositoryOf(text, "", "one"), repositoryOf(text, "", "two")],
      world: ["a"],
    });
    assert.ok(solution.ok);
    assert.deepEqual(
      solution.install.map(({ repository }) => repository.location),
      ["one"],
    );
  });

  test("A10.1: such a package has the tags of all its repositories", () => {
    const text = "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:2";
    const tagged = repositoryOf(text, "edge");
    assert.equal(chosen([tagged], "a"), "none");
    assert.equal(chosen([tagged, repositoryOf(text)], "a"), "a-2");
  });

  test("A10.1: identities are equal when their first 20 decoded bytes are", () => {
    const index = (checksum: string): string => `C:${checksum}\nP:a\nV:1\np:x=1`;
    const [one, two] = [
      repositoryOf(index("Q1EyN5AdpAOBJWKMR89pp/C66o+ysE="), "edge"),
      repositoryOf(index("Q1EyN5AdpAOBJWKMR89pp/C66o+ysF=")),
    ];
    assert.equal(chosen([one, two], "a"), "a-1");
  });
});

describe("A10.2 selectable", () => {
  const solveFor = (arch: string, text: string): boolean =>
    solve({ repositories: [repositoryOf(text)], world: ["a"], arch }).ok;

  test("A10.2: a package of the asked architecture or of none can be chosen, one of another cannot", () => {
    assert.ok(solveFor("x86_64", "P:a\nV:1\nA:x86_64"));
    assert.ok(solveFor("x86_64", "P:a\nV:1\nA:noarch"));
    assert.ok(!solveFor("x86_64", "P:a\nV:1\nA:aarch64"));
  });

  test("A10.2: a package whose record cannot be understood cannot be chosen", () => {
    assert.equal(chosen("P:a\nV:1\nX:unknown", "a"), "none");
    assert.equal(chosen("P:a\nV:1\nx:unknown", "a"), "a-1");
    assert.equal(chosen("P:a\nV:1\nD:b>", "a"), "none");
  });

  test("A10.2: without a tag in the world a package comes from an untagged repository", () => {
    assert.equal(chosen([repositoryOf("P:a\nV:1"), repositoryOf("P:a\nV:2", "edge")], "a"), "a-1");
    assert.equal(chosen([repositoryOf("P:a\nV:2", "edge")], "a"), "none");
  });

  test("A10.2: name@tag in the world allows that tag for the named package", () => {
    const repositories = [repositoryOf("P:a\nV:1"), repositoryOf("P:a\nV:2\n\nP:b\nV:2", "edge")];
    assert.equal(chosen(repositories, "a@edge"), "a-2");
    assert.equal(chosen(repositories, "a@edge b"), "none");
  });

  test("A10.2: name@tag prefers the tag, even to a newer version without it", () => {
    const repositories = [repositoryOf("P:a\nV:3"), repositoryOf("P:a\nV:2", "edge")];
    assert.equal(chosen(repositories, "a@edge"), "a-2");
  });

  test("A10.2: name@tag still takes an untagged package where the tag has none", () => {
    const repositories = [repositoryOf("P:a\nV:1"), repositoryOf("P:b\nV:2", "edge")];
    assert.equal(chosen(repositories, "a@edge"), "a-1");
  });

  test("A10.2: a tag is allowed for the dependencies, too, and so on down", () => {
    const edge = repositoryOf(
      `
      P:a
      V:1
      D:b

      P:b
      V:1
      D:c

      P:c
      V:1`,
      "edge",
    );
    assert.equal(chosen([edge], "a@edge"), "c-1 b-1 a-1");
  });

  test("A10.2: it is not preferred for the dependencies: there an untagged one wins, even an older one", () => {
    const main = repositoryOf("P:b\nV:1");
    const edge = repositoryOf("P:a\nV:1\nD:b\n\nP:b\nV:2", "edge");
    assert.equal(chosen([main, edge], "a@edge"), "b-1 a-1");
  });

  test("A10.2: where no untagged dependency fits, the tag's is taken", () => {
    const main = repositoryOf("P:b\nV:1");
    const edge = repositoryOf("P:a\nV:1\nD:b>1\n\nP:b\nV:2", "edge");
    assert.equal(chosen([main, edge], "a@edge"), "b-2 a-1");
  });

  test("A10.2: what is allowed is looked at again when more is asked for", () => {
    const main = repositoryOf("P:z\nV:1\nD:b>1\n\nP:b\nV:1");
    const edge = repositoryOf("P:b\nV:2", "edge");
    assert.equal(chosen([main, edge], "z"), "none");
    assert.equal(chosen([main, edge], "z b@edge"), "b-2 z-1");
  });

  test("A10.2: a package of size 0 can be chosen whatever the tag of its repository", () => {
    assert.equal(chosen([repositoryOf("P:a\nV:1\nI:0", "edge")], "a"), "a-1");
    assert.equal(chosen([repositoryOf("P:a\nV:1\nI:1", "edge")], "a"), "none");
  });
});
