import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatDependency, isMatch, parseDependency, tryDependency, type Dependency } from "./dependency.ts";
import { chosen } from "./testing/universe-text.ts";

/** Each statement of reference apk-formats A6, and of A5 on operators, tested from its words. */

function refused(...texts: readonly string[]): void {
  for (const text of texts) {
    assert.throws(() => parseDependency(text), { code: "APK_BAD_DEPENDENCY" }, JSON.stringify(text));
    assert.equal(tryDependency(text), undefined);
  }
}

describe("A6 syntax", () => {
  test("A6: a dependency is [!]name[@tag][operator version]", () => {
    assert.deepEqual(parseDependency("!name@tag>=1.2"), {
      conflict: true,
      name: "name",
      tag: "tag",
      operator: ">=",
      version: "1.2",
    });
    assert.deepEqual(parseDependency("name"), { conflict: false, name: "name", tag: "", operator: "", version: "" });
  });

  test("A6: items are separated by spaces, and several lines of a letter add up", () => {
    const index = `
      P:a
      V:1
      D:b c
      D:d

      P:b
      V:1

      P:c
      V:1

      P:d
      V:1`;
    assert.equal(chosen(index, "a"), "b-1 c-1 d-1 a-1");
  });

  test("A6: ! states a conflict", () => {
    assert.equal(parseDependency("!a").conflict, true);
    assert.equal(parseDependency("a").conflict, false);
  });

  test("A6: names are of letters, digits and ._+-, those of dependencies also of ,:/[]", () => {
    for (const name of ["gtk+3.0", "a_b-c", "0ad", "so:libz.so.1", "cmd:[", "/bin/sh", "py3.11:a,b", "dbus:a[1]"])
      assert.equal(parseDependency(name).name, name);
    refused("a b", "a\tb", "a(b)", "a*", "ä", "a;b", "a$b");
  });

  test("A6: a name is needed", () => {
    refused("", "!", "@tag", "=1", "!>1");
  });

  test("A6: an operator without a version is an error", () => {
    refused("a=", "a<", "a>=", "a~", "a><");
  });

  test("A6: a version without an operator is part of the name, or an error", () => {
    assert.equal(parseDependency("a-1.0").name, "a-1.0");
    refused("a 1.0");
  });

  test("A6: a tag is needed behind @", () => {
    refused("a@", "a@>1");
  });

  test("A6: a dependency on what is no version is broken", () => {
    refused("a=one", "a>1.", "a<1..2", "a~_rc");
  });

  test("A6: behind >< an identity stands, and is not judged as a version", () => {
    const dependency = parseDependency("a><Q1EyN5AdpAOBJWKMR89pp/C66o+OE=");
    assert.equal(dependency.operator, "><");
    assert.equal(dependency.version, "Q1EyN5AdpAOBJWKMR89pp/C66o+OE=");
  });

  test("A6: name><identity is met by the package of that identity, and by no other", () => {
    const index = `
      C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=
      P:a
      V:1

      C:Q1BAAAAAAAAAAAAAAAAAAAAAAAAAA=
      P:a
      V:2`;
    assert.equal(chosen(index, "a><Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "a-1");
    assert.equal(chosen(index, "a><Q1CAAAAAAAAAAAAAAAAAAAAAAAAAA="), "none");
  });

  test("A6: a tag is for the world: a record that depends on one cannot be installed", () => {
    const index = `
      P:a
      V:2
      D:b@edge

      P:a
      V:1

      P:b
      V:1`;
    assert.equal(chosen(index, "a"), "a-1");
  });

  test("A6: a record with a dependency that cannot be read cannot be installed", () => {
    const index = `
      P:a
      V:2
      D:b>

      P:a
      V:1

      P:b
      V:1`;
    assert.equal(chosen(index, "a"), "a-1");
  });

  test("A6: provides are a name, or a name and = and a version", () => {
    const index = `
      P:a
      V:1
      p:x y=3

      P:b
      V:1
      D:x y>2`;
    assert.equal(chosen(index, "a b"), "a-1 b-1");
  });
});

describe("A5 operators", () => {
  test("A5: an operator is a run of <, >, = and ~ in any order", () => {
    const rows = [
      ["<", "<"],
      [">", ">"],
      ["=", "="],
      ["~", "~"],
      ["<=", "<="],
      ["=<", "<="],
      [">=", ">="],
      ["=>", ">="],
      ["<~", "<~"],
      ["~<", "<~"],
      [">~", ">~"],
      ["~>", ">~"],
    ] as const;
    for (const [written, meant] of rows) assert.equal(parseDependency(`a${written}1`).operator, meant, written);
  });

  test("A5: =~ is the same as ~", () => {
    assert.equal(parseDependency("a=~1").operator, "~");
    assert.equal(parseDependency("a~=1").operator, "~");
  });

  test("A5: >< compares identities, and matches no version", () => {
    assert.equal(isMatch(parseDependency("a><Q1AAAA"), "1"), false);
  });

  test("A5: without an operator every version matches, an absent one too", () => {
    assert.ok(isMatch(parseDependency("a"), "1"));
    assert.ok(isMatch(parseDependency("a"), ""));
  });
});

describe("A6 properties", () => {
  const dependency: fc.Arbitrary<Dependency> = fc
    .record({
      name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+:,/[\]-]{0,8}$/),
      conflict: fc.boolean(),
      relation: fc.option(
        fc.record({
          operator: fc.constantFrom("=", "<", "<=", ">", ">=", "~", "<~", ">~", "><" as const),
          version: fc.constantFrom("1", "1.2-r3", "0_rc1", "20240131"),
        }),
        { nil: { operator: "", version: "" } as const },
      ),
      tag: fc.stringMatching(/^[A-Za-z0-9._-]{0,4}$/),
    })
    .map(({ relation, ...rest }) => ({ ...rest, ...relation }));

  test("a dependency that is written and read again is the same", () => {
    fc.assert(fc.property(dependency, (value) => assert.deepEqual(parseDependency(formatDependency(value)), value)));
  });

  test("a text that can be read is written as it was read, but for the order of the operator's signs", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^!?[a-c]{1,2}(@[a-c])?([<>=~]{1,3}[0-9.]{1,3})?$/), (text) => {
        const read = tryDependency(text);
        if (read === undefined) return;
        const signs = (value: string): string => value.replace(/[<>=~]/g, "");
        assert.equal(signs(formatDependency(read)), signs(text));
        assert.deepEqual(parseDependency(formatDependency(read)), read);
      }),
    );
  });

  test("no text makes the reader fail in another way than by refusing it", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(tryDependency(text) === undefined, isRefused(text));
      }),
    );
  });

  function isRefused(text: string): boolean {
    try {
      parseDependency(text);
      return false;
    } catch (error) {
      assert.equal(error instanceof Error && "code" in error && error.code, "APK_BAD_DEPENDENCY");
      return true;
    }
  }
});
