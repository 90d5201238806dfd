import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDependency, isMatch, parseDependency } from "./dependency.ts";

test("a dependency is a name, with a relation to a version where one is given", () => {
  assert.deepEqual(parseDependency("so:libc.musl-x86_64.so.1"), {
    name: "so:libc.musl-x86_64.so.1",
    conflict: false,
    operator: "",
    version: "",
    tag: "",
  });
  assert.deepEqual(parseDependency("foo>=1.2-r3"), {
    name: "foo",
    conflict: false,
    operator: ">=",
    version: "1.2-r3",
    tag: "",
  });
});

test("signs of a relation mean the same in any order", () => {
  assert.deepEqual(
    ["a=<1", "a<=1", "a=>1", "a=~1", "a~=1", "a~<1", "a~>1"].map((text) => parseDependency(text).operator),
    ["<=", "<=", ">=", "~", "~", "<~", ">~"],
  );
});

test("a conflict and a pinning tag are read", () => {
  assert.equal(parseDependency("!foo<2").conflict, true);
  assert.equal(parseDependency("foo@edge").tag, "edge");
  assert.deepEqual(parseDependency("foo@edge>1"), {
    name: "foo",
    conflict: false,
    operator: ">",
    version: "1",
    tag: "edge",
  });
});

test("an identity takes the place of a version", () => {
  assert.deepEqual(parseDependency("foo><Q1abc="), {
    name: "foo",
    conflict: false,
    operator: "><",
    version: "Q1abc=",
    tag: "",
  });
});

test("what is no dependency is refused", () => {
  for (const text of ["", "!", "foo>", "foo=", "=1", "foo<>1", "foo=not-a-version", "foo bar", "foo@", "foo\n"]) {
    assert.throws(() => parseDependency(text), { code: "APK_BAD_DEPENDENCY" }, JSON.stringify(text));
  }
});

test("a dependency is written as it was read", () => {
  for (const text of ["foo", "!foo>=1.0", "foo@edge<2", "cmd:[", "pc:zlib~1.2"])
    assert.equal(formatDependency(parseDependency(text)), text);
});

test("without a relation any version matches, an absent one too", () => {
  assert.ok(isMatch(parseDependency("foo"), ""));
  assert.ok(isMatch(parseDependency("foo>1"), "2"));
  assert.ok(!isMatch(parseDependency("foo>1"), ""));
});
