import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { blamed, chosen } from "./testing/universe-text.ts";

/** Reference apk-formats A10.3 (what a provide means), tested from its words. */

describe("A10.3 with a version", () => {
  const index = `
    P:p
    V:1
    p:x=2`;

  test("A10.3: a dependency is met by a provider whose provided version matches", () => {
    for (const wanted of ["x", "x=2", "x>=2", "x>1", "x<3", "x<=2", "x~2"])
      assert.equal(chosen(index, wanted), "p-1", wanted);
    for (const wanted of ["x=1", "x<2", "x>2", "x~1"]) assert.equal(chosen(index, wanted), "none", wanted);
  });

  test("A10.3: the version that counts is the provided one, not the package's", () => {
    const other = `
      P:p
      V:9
      p:x=2`;
    assert.equal(chosen(other, "x<3"), "p-9");
    assert.equal(chosen(other, "x>3"), "none");
  });

  test("A10.3: it is chosen unasked, as a real package is", () => {
    assert.equal(chosen(index, "x"), "p-1");
  });

  test("A10.3: at most one provider of the name is chosen", () => {
    const two = `
      P:p
      V:1
      p:x=2

      P:q
      V:1
      p:x=2`;
    assert.equal(chosen(two, "p x"), "p-1");
    assert.equal(chosen(two, "p q"), "none");
  });

  test("A10.3: it conflicts with the real package of that name, and with a provide without a version", () => {
    const others = `
      P:p
      V:1
      p:x=2

      P:x
      V:1

      P:v
      V:1
      p:x`;
    assert.equal(chosen(others, "p x=1"), "none");
    assert.equal(chosen(others, "p v"), "none");
    assert.equal(chosen(others, "x=1 v"), "none");
  });
});

describe("A10.3 without a version", () => {
  const index = `
    P:p
    V:1
    k:1
    p:x`;

  test("A10.3: an unversioned provide satisfies x, x<2, x<=2 and x<~2", () => {
    for (const wanted of ["x", "x<2", "x<=2", "x<~2"]) assert.equal(chosen(index, wanted), "p-1", wanted);
  });

  test("A10.3: an unversioned provide satisfies none of x=2, x>=0, x>2, x~2 and x>~2", () => {
    for (const wanted of ["x=2", "x>=0", "x>2", "x~2", "x>~2"]) assert.equal(chosen(index, wanted), "none", wanted);
  });

  test("A10.3: !x<2 conflicts with it, and so does !x, but not !x>=0", () => {
    const needs = (conflict: string): string => `${index}\n\nP:n\nV:1\nD:${conflict}`;
    assert.equal(chosen(needs("!x<2"), "p n"), "none");
    assert.equal(chosen(needs("!x"), "p n"), "none");
    assert.equal(chosen(needs("!x>=0"), "p n"), "p-1 n-1");
  });

  test("A10.3: of two providers the one with a version wins", () => {
    const two = `
      P:p
      V:1
      k:99
      p:x

      P:q
      V:1
      p:x=0_alpha`;
    assert.equal(chosen(two, "x"), "q-1");
  });

  test("A10.3: several providers may stand beside each other", () => {
    const two = `
      P:p
      V:1
      p:x

      P:q
      V:1
      p:x`;
    assert.equal(chosen(two, "p q x"), "p-1 q-1");
  });

  const plain = `
    P:p
    V:1
    p:x`;

  test("A10.3: it is not chosen unasked", () => {
    assert.equal(chosen(plain, "x"), "none");
    assert.equal(blamed(plain, "x"), "x");
  });

  test("A10.3: a priority above 0 makes it one that is chosen unasked", () => {
    assert.equal(chosen(`${plain}\nk:1`, "x"), "p-1");
    assert.equal(chosen(`${plain}\nk:0`, "x"), "none");
  });

  test("A10.3: it is chosen when something requires its package by name", () => {
    assert.equal(chosen(plain, "p x"), "p-1");
    assert.equal(chosen(`${plain}\n\nP:n\nV:1\nD:p`, "n x"), "p-1 n-1");
  });

  test("A10.3: it is chosen when install_if brought its package", () => {
    const index2 = `
      P:p
      V:1
      p:x
      i:a

      P:a
      V:1`;
    assert.equal(chosen(index2, "x"), "none");
    assert.equal(chosen(index2, "a"), "a-1 p-1");
  });
});

describe("A10.3 alone", () => {
  test("A10.3: a package may conflict with a name that it provides itself", () => {
    assert.equal(chosen("P:p\nV:1\nD:!x\np:x=1", "p"), "p-1");
    assert.equal(chosen("P:p\nV:1\nD:!x\np:x", "p"), "p-1");
  });

  test("A10.3: such a conflict still keeps others out", () => {
    const index = `
      P:p
      V:1
      D:!x
      p:x

      P:q
      V:1
      p:x`;
    assert.equal(chosen(index, "p q"), "none");
  });

  test("A10.3: a package that provides one name with two versions cannot be chosen", () => {
    assert.equal(chosen("P:p\nV:1\np:x=1 x=2", "p"), "none");
    assert.equal(chosen("P:p\nV:1\np:x x=2", "p"), "none");
  });
});
