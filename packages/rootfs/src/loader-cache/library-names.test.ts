import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compareLibraryNames, isLibraryName } from "./library-names.ts";

describe("names of libraries", () => {
  for (const name of [
    "libc.so.6",
    "libfoo.so",
    "ld-linux-x86-64.so.2",
    "ld64.so.1",
    "ld.so.1",
    "libpython3.11.so.1.0",
  ]) {
    test(`include ${name}`, () => {
      assert.ok(isLibraryName(name));
    });
  }

  for (const name of ["libc.a", "foo.so", "libfoo.so.1.#prelink#", "lib\u00e9.so", "lib a.so", "libfoo.py", ""]) {
    test(`do not include ${JSON.stringify(name)}`, () => {
      assert.ok(!isLibraryName(name));
    });
  }

  /** The first name is less than the second one. */
  const ordered: readonly [string, string][] = [
    ["libz.so.1", "libz.so.2"],
    ["libz.so.9", "libz.so.10"],
    ["liba.so.1", "libb.so.1"],
    ["liba.so", "liba.so.1"],
    ["liba.so", "liba2.so"],
    ["libaz.so", "liba2.so"],
    ["lib-a.so", "liba.so"],
    ["libz.so.4294967296", "libz.so.1"],
  ];
  for (const [less, more] of ordered) {
    test(`have ${less} before ${more}`, () => {
      assert.ok(compareLibraryNames(less, more) < 0);
      assert.ok(compareLibraryNames(more, less) > 0);
    });
  }

  test("are equal to themselves, and to the same number with zeros before it", () => {
    assert.equal(compareLibraryNames("libz.so.1", "libz.so.1"), 0);
    assert.equal(compareLibraryNames("libz.so.01", "libz.so.1"), 0);
  });

  test("are ordered the same from both sides", () => {
    const name = fc.stringMatching(/^lib[a-c0-2.]{0,6}\.so$/);
    fc.assert(
      fc.property(name, name, (a, b) => {
        assert.equal(Math.sign(compareLibraryNames(a, b)), 0 - Math.sign(compareLibraryNames(b, a)));
      }),
    );
  });
});
