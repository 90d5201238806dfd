import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatError } from "@apkmill/core";
import { requireSolution, solve } from "./solve.ts";
import { blamed, chosen, repositoryOf } from "./testing/universe-text.ts";

/** Reference apk-formats A10.9 (of which packages and names apk's message speaks), and what our reasons say beyond that. */

const plain = (...labels: readonly string[]): string =>
  labels.map((label) => label.replace(/(.*)-(.*)/, "P:$1\nV:$2")).join("\n\n");

describe("A10.9 blocks", () => {
  test("A10.9: a name that nothing provides is reported with those who require it", () => {
    assert.equal(blamed("P:a\nV:1\nD:nowhere", "a"), "nowhere");
    assert.equal(blamed(plain("a-1"), "b"), "b");
  });

  test("A10.9: it is reported once, however many require it", () => {
    assert.equal(blamed("P:a\nV:1\nD:nowhere\n\nP:b\nV:1\nD:nowhere", "a b"), "nowhere");
  });

  test("A10.9: a virtual name is reported when one of its providers would have to be named", () => {
    assert.equal(blamed("P:p\nV:1\np:x", "x"), "x");
  });

  test("A10.9: it still is when install_if alone brought a provider without a version", () => {
    const index = `
      P:a
      V:1
      D:x nowhere

      P:p
      V:1
      p:x
      i:a`;
    assert.equal(blamed(index, "a"), "x nowhere");
  });

  test("A10.9: it is not when the provider has a priority, or is asked for by its own name", () => {
    assert.equal(blamed("P:p\nV:1\np:x\nk:1\n\nP:a\nV:1\nD:x nowhere", "a"), "nowhere");
    assert.equal(blamed("P:p\nV:1\np:x\n\nP:a\nV:1\nD:x p nowhere", "a"), "nowhere");
  });

  test("A10.9: a conflict does not require its name", () => {
    assert.equal(blamed("P:a\nV:1\nD:!b nowhere", "a"), "nowhere");
  });

  test("A10.9: breaks: a chosen package that is not what somebody asks for is reported", () => {
    assert.equal(blamed(plain("a-1"), "a>1"), "a-1");
    assert.equal(blamed(`${plain("a-1")}\n\nP:b\nV:1\nD:a>1`, "b"), "a-1");
    assert.equal(blamed(`${plain("a-1")}\n\nP:b\nV:1\nD:!a`, "a b"), "a-1");
  });

  test("A10.9: conflicts: chosen packages that provide one name are reported, both", () => {
    assert.equal(blamed("P:p\nV:1\np:x=1\n\nP:q\nV:1\np:x=2", "p q"), "p-1 q-1");
  });

  test("A10.9: conflicts: two of one name are", () => {
    const index = `
      P:a
      V:2

      P:a
      V:1
      p:x=1`;
    assert.equal(blamed(index, "a>1 x"), "a-2 a-1");
  });

  test("A10.9: conflicts: a package that provides one name twice is", () => {
    assert.equal(blamed("P:p\nV:1\np:x=1 x=2", "p"), "p-1");
  });

  test("A10.9: error: a package that cannot be installed is reported", () => {
    assert.equal(blamed("P:a\nV:1\nX:unknown", "a"), "a-1");
  });

  test("A10.9: masked in: a package of a tag that is not allowed is reported", () => {
    assert.equal(blamed([repositoryOf("P:a\nV:1", "edge")], "a"), "a-1");
  });

  test("A10.9: packages that are at odds with nothing are not reported: satisfies alone makes no block", () => {
    assert.equal(blamed(`${plain("a-1", "b-1")}\n\nP:c\nV:1\nD:b`, "a>1 c"), "a-1");
  });

  test("A10.9: what the world misses comes first, then each package in the order of installation with what it misses", () => {
    const index = `
      P:a
      V:1
      D:gone-too

      P:c
      V:1`;
    assert.equal(blamed(index, "a>1 c>1 gone"), "gone a-1 gone-too c-1");
  });
});

describe("reasons", () => {
  function reasonsOf(text: string, world: string): Record<string, unknown>[] {
    const solution = solve({ repositories: [repositoryOf(text)], world: world.split(" ") });
    assert.ok(!solution.ok);
    return solution.reasons.map((reason) => ({ ...reason }));
  }

  test("a mistyped name comes with the names that are near", () => {
    const [reason] = reasonsOf(plain("nginx-1", "guix-1", "python3-1"), "ngnix");
    assert.deepEqual(reason, {
      constraint: "ngnix",
      note: "no such package",
      requiredBy: ["world[ngnix]"],
      candidates: [],
      hint: "did you mean `nginx` or `guix`?",
    });
  });

  test("names that are only mentioned, and that nothing provides, are not suggested", () => {
    const [reason] = reasonsOf("P:a\nV:1\nD:openssl-devel", "openssl-devl");
    assert.equal(reason?.["hint"], "add a repository that has it");
  });

  test("a version that there is none of comes with the nearest that there is", () => {
    const index = plain("a-1.0", "a-1.4", "a-2.0");
    assert.equal(reasonsOf(index, "a=1.5")[0]?.["hint"], "nothing is a=1.5; the nearest that there is: a=1.4, a=2.0");
    assert.equal(reasonsOf(index, "a>2.0")[0]?.["hint"], "nothing is a>2.0; the nearest that there is: a=2.0");
    assert.equal(reasonsOf(index, "a<1.0")[0]?.["hint"], "nothing is a<1.0; the nearest that there is: a=1.0");
  });

  test("candidates come newest first, each with why it fell out", () => {
    const index = `
      P:a
      V:3
      D:gone

      P:a
      V:2
      D:b>1

      P:a
      V:1

      P:b
      V:1`;
    assert.deepEqual(reasonsOf(`${index}\n\nP:c\nV:1\nD:!a`, "a c")[0]?.["candidates"], [
      { version: "a-2", rejected: "is ruled out by c-1[!a]" },
      { version: "a-1", rejected: "is ruled out by c-1[!a]" },
    ]);
  });

  test("a candidate that fell out for what it needs says what there is of that", () => {
    const index = (wanted: string): string => `
      P:a
      V:2
      D:${wanted}

      P:a
      V:1

      P:c
      V:1
      D:!a

      P:m
      V:1`;
    assert.deepEqual(reasonsOf(index("m"), "a c !m"), [
      {
        package: "a-1",
        note: "is ruled out by c-1[!a]",
        requiredBy: ["world[a]"],
        candidates: [{ version: "a-2", rejected: "needs m, and no provider of that can be chosen here (m-1)" }],
        hint: "leave out a or c",
      },
    ]);
  });

  test("the way from the world to those who ask is told", () => {
    const index = `
      P:a
      V:1
      D:b

      P:b
      V:1
      D:c

      P:c
      V:1
      D:gone`;
    const [reason] = reasonsOf(index, "a");
    assert.deepEqual(reason, {
      constraint: "gone",
      note: "no such package",
      requiredBy: ["c-1[gone]"],
      path: ["world[a]", "a-1[b]", "b-1[c]"],
      candidates: [],
      hint: "add a repository that has it",
    });
  });

  test("the way goes through an install_if where that brought the package", () => {
    const [reason] = reasonsOf("P:a\nV:1\n\nP:x\nV:1\nD:gone\ni:a", "a");
    assert.deepEqual(reason?.["path"], ["world[a]", "a-1[install_if of x]"]);
  });

  test("two that exclude each other come with what of the world to leave out", () => {
    const index = `
      P:a
      V:1
      D:p

      P:p
      V:1
      p:x=1

      P:q
      V:1
      p:x=1`;
    const hints = reasonsOf(index, "a q").map((reason) => reason["hint"]);
    assert.deepEqual(hints, ["leave out a or q", "leave out a or q"]);
  });

  test("of a thousand who ask a hundred are named, and the text shows eight", () => {
    const index = Array.from({ length: 1000 }, (_, at) => `P:p${at}\nV:1\nD:gone`).join("\n\n");
    const world = Array.from({ length: 1000 }, (_, at) => `p${at}`);
    const solution = solve({ repositories: [repositoryOf(index)], world });
    assert.ok(!solution.ok);
    assert.equal(solution.reasons[0]?.requiredBy.length, 100);
    assert.throws(
      () => requireSolution(solution),
      (error) => /p0\[gone\](, p\d+-1\[gone\]){7}, and 92 more/.test(formatError(error).replace("p0-1", "p0")),
    );
  });

  test("of many reasons the first thousand are told, what the world misses before what packages do", () => {
    const names = Array.from({ length: 1500 }, (_, at) => `gone${at}`);
    const solution = solve({ repositories: [repositoryOf(`P:a\nV:1\nD:${names.join(" ")}`)], world: ["a", "z"] });
    assert.deepEqual(!solution.ok && solution.reasons.map(({ constraint }) => constraint), [
      "z",
      ...names.slice(0, 999),
    ]);
  });

  test("what has a solution has no reasons", () => {
    assert.equal(chosen(plain("a-1"), "a"), "a-1");
    assert.equal(blamed(plain("a-1"), "a"), "none needed");
  });
});
