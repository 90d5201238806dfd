import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compareVersions, isValidVersion, matchVersion, splitNameVersion, type VersionOperator } from "./version.ts";

/** Each statement of reference apk-formats A5, tested from its words. */

function valid(...versions: readonly string[]): void {
  for (const version of versions) assert.ok(isValidVersion(version), version);
}

function invalid(...versions: readonly string[]): void {
  for (const version of versions) assert.ok(!isValidVersion(version), JSON.stringify(version));
}

/** Each is less than all behind it, whichever way it is asked. */
function ascending(...versions: readonly string[]): void {
  versions.forEach((low, index) => {
    for (const high of versions.slice(index + 1)) {
      assert.equal(compareVersions(low, high), -1, `${low} < ${high}`);
      assert.equal(compareVersions(high, low), 1, `${high} > ${low}`);
    }
  });
}

function equal(a: string, b: string): void {
  assert.equal(compareVersions(a, b), 0, `${a} = ${b}`);
  assert.equal(compareVersions(b, a), 0, `${b} = ${a}`);
}

describe("A5 grammar", () => {
  test("A5: one number is a version, and every part after it is optional", () => {
    valid("0", "1", "1.2", "1a", "1_rc", "1_rc1", "1~0f", "1-r0", "1.2a_rc1~0f-r3");
  });

  test("A5: any number of further numbers and any number of suffixes may follow", () => {
    valid("1.2.3.4.5.6.7.8.9.10", "1_alpha1_beta2_pre3_rc4_cvs5_svn6_git7_hg8_p9", "1_p_p_p");
  });

  test("A5: all ten places of a suffix have a name, and no other word is one", () => {
    valid("1_alpha", "1_beta", "1_pre", "1_rc", "1_cvs", "1_svn", "1_git", "1_hg", "1_p");
    invalid("1_", "1_a", "1_gamma", "1_RC", "1_rcx", "1_1");
  });

  test("A5: a letter is one lower-case letter", () => {
    valid("1a", "1.0z");
    invalid("1A", "1ab", "1ä", "a");
  });

  test("A5: a hash is lower-case hex, one digit at least", () => {
    valid("1~0", "1~0123456789abcdef");
    invalid("1~", "1~g", "1~AB");
  });

  test("A5: a revision is -r and digits", () => {
    valid("1-r0", "1-r12345");
    invalid("1-r", "1-1", "1-R1", "1r1", "1-ra");
  });

  test("A5: a letter follows numbers only", () => {
    invalid("1_rc1a", "1~0g", "1-r1a");
  });

  test("A5: a number follows numbers only", () => {
    invalid("1a.2", "1_rc.2", "1_rc1.2", "1~0.2", "1-r1.2", "1.", "1..2", ".1");
  });

  test("A5: a suffix does not follow a hash or a revision", () => {
    invalid("1~0_rc", "1-r0_rc");
  });

  test("A5: there is one hash, and it does not follow a revision", () => {
    invalid("1~0~1", "1-r0~1");
  });

  test("A5: there is one revision", () => {
    invalid("1-r0-r1");
  });

  test("A5: anything else is invalid", () => {
    invalid("", " ", "1 ", " 1", "1\n", "v1", "-r1", "~1", "_rc1", "1+1", "1:1", "1,1", "1\0", "٣");
  });
});

describe("A5 order", () => {
  test("A5: first numbers are compared as numbers, of 64 bits", () => {
    ascending("0", "1", "2", "10", "99", "9007199254740993", "9007199254740994", "18446744073709551615");
    equal("01", "1");
  });

  test("A5: numbers of a suffix are compared as numbers", () => {
    ascending("1_rc1", "1_rc2", "1_rc10", "1_rc20240131");
    equal("1_rc02", "1_rc2");
  });

  test("A5: revisions are compared as numbers", () => {
    ascending("1-r0", "1-r1", "1-r2", "1-r10");
    equal("1-r02", "1-r2");
  });

  test("A5: further numbers are compared as numbers where neither begins with 0", () => {
    ascending("1.1", "1.2", "1.10", "1.100");
  });

  test("A5: a further number with a leading 0 is compared bytewise, and a prefix of it is less", () => {
    ascending("1.0", "1.00", "1.01", "1.010", "1.02", "1.1", "1.2");
    ascending("1.09", "1.9", "1.10");
  });

  test("A5: letters are compared by character", () => {
    ascending("1a", "1b", "1z");
  });

  test("A5: suffixes are compared in their order, and none stands in the middle", () => {
    ascending("1_alpha", "1_beta", "1_pre", "1_rc", "1", "1_cvs", "1_svn", "1_git", "1_hg", "1_p");
  });

  test("A5: hashes are compared bytewise", () => {
    ascending("1~09", "1~1", "1~10", "1~9", "1~a", "1~ab", "1~b");
  });

  test("A5: the first difference decides", () => {
    ascending("1.1_alpha-r99", "1.2-r0");
    ascending("1.1a_p9", "1.1b_alpha");
  });

  test("A5: where kinds differ, a pre-release suffix is less than anything", () => {
    for (const suffix of ["alpha", "beta", "pre", "rc"]) {
      for (const other of ["1", "1.0", "1a", "1~0", "1-r0", "1_p1", "1_p1-r1"]) ascending(`1_${suffix}`, other);
      ascending(`1_p_${suffix}`, "1_p", "1_p1");
    }
  });

  test("A5: otherwise the side with the later kind is less", () => {
    ascending("1", "1-r0", "1~0", "1_cvs", "1a", "1.0");
    ascending("1_p", "1_p-r0", "1_p~0", "1_p0", "1_p_p");
  });

  test("A5: what ends is less than what goes on, but for a pre-release", () => {
    ascending("1.0", "1.0-r0");
    ascending("1.0", "1.0.0");
    ascending("1.0_alpha", "1.0");
  });

  test("A5: an invalid rest is later than every kind, and so less", () => {
    ascending("1.0!", "1.0", "1.0-r0");
    ascending("7.4.0p1", "7.4.0p");
  });

  test("A5: two invalid rests are equal, and so are two ends", () => {
    equal("1.0!", "1.0?");
    equal("1.0", "1.0");
  });

  test("A5: an absent version is lower than every version", () => {
    ascending("", "0_alpha", "0");
    equal("", "");
  });
});

describe("A5 match", () => {
  const holds = (version: string, operator: VersionOperator, wanted: string): void => {
    assert.ok(matchVersion(version, operator, wanted), `${version} ${operator} ${wanted}`);
  };
  const fails = (version: string, operator: VersionOperator, wanted: string): void => {
    assert.ok(!matchVersion(version, operator, wanted), `${version} ${operator} ${wanted}`);
  };

  test("A5: <, = and > are masks: an operator holds for each order that it names", () => {
    const rows: readonly (readonly [VersionOperator, boolean, boolean, boolean])[] = [
      ["<", true, false, false],
      ["<=", true, true, false],
      ["=", false, true, false],
      [">=", false, true, true],
      [">", false, false, true],
    ];
    for (const [operator, less, same, more] of rows) {
      const found = ["1", "2", "3"].map((version) => matchVersion(version, operator, "2"));
      assert.deepEqual(found, [less, same, more], operator);
    }
  });

  test("A5: ~ holds for a version that begins with the other one, in tokens", () => {
    holds("3.6.0_pre1", "~", "3.6");
    holds("3.6", "~", "3.6");
    holds("3.6-r2", "~", "3.6");
    fails("3.8", "~", "3.8.1");
    fails("3.60", "~", "3.6");
    fails("3.6-r12", "~", "3.6-r1");
  });

  test("A5: <~ and >~ hold for such a beginning, and for what is less or greater", () => {
    holds("3.6.5", "<~", "3.6");
    holds("3.5", "<~", "3.6");
    fails("3.7", "<~", "3.6");
    holds("3.6.5", ">~", "3.6");
    holds("3.7", ">~", "3.6");
    fails("3.5", ">~", "3.6");
  });

  test("A5: an absent version is matched as the lowest of all", () => {
    for (const operator of ["<", "<=", "<~"] as const) holds("", operator, "0_alpha");
    for (const operator of ["=", ">=", ">", "~", ">~"] as const) fails("", operator, "0");
  });
});

test("A5: name and version are parted at the last hyphen before a digit", () => {
  assert.deepEqual(splitNameVersion("gtk+3.0-3.24-r0"), { name: "gtk+3.0", version: "3.24-r0" });
  assert.deepEqual(splitNameVersion("libx-2-dev-1.0"), { name: "libx-2-dev", version: "1.0" });
});

describe("A5 properties", () => {
  const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,2}|0[0-9]{1,2})$/);
  const suffix = fc
    .tuple(
      fc.constantFrom("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"),
      fc.option(digits, { nil: "" }),
    )
    .map(([word, number]) => `_${word}${number}`);
  const version = fc
    .tuple(
      fc.array(digits, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("", "a", "b"),
      fc.array(suffix, { maxLength: 2 }),
      fc.constantFrom("", "~0", "~a", "~ab"),
      fc.constantFrom("", "-r0", "-r1", "-r01", "-r10"),
    )
    .map(
      ([numbers, letter, suffixes, hash, revision]) =>
        `${numbers.join(".")}${letter}${suffixes.join("")}${hash}${revision}`,
    );

  test("every text of the grammar is a version", () => {
    fc.assert(fc.property(version, (text) => isValidVersion(text)));
  });

  test("the order is antisymmetric", () => {
    fc.assert(fc.property(version, version, (a, b) => compareVersions(a, b) + compareVersions(b, a) === 0));
  });

  test("the order is transitive, equality included", () => {
    const sorted = fc.tuple(version, version, version).map((three) => three.sort(compareVersions));
    fc.assert(
      fc.property(sorted, ([low, middle, high]) => {
        const steps = [compareVersions(low, middle), compareVersions(middle, high)];
        assert.ok(!steps.includes(1));
        assert.equal(compareVersions(low, high), Math.min(...steps));
      }),
      { numRuns: 2000 },
    );
  });

  test("exactly one of <, = and > holds, and the others follow from these", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [less, same, more] = (["<", "=", ">"] as const).map((operator) => matchVersion(a, operator, b));
        assert.equal([less, same, more].filter(Boolean).length, 1);
        assert.equal(matchVersion(a, "<=", b), less === true || same === true);
        assert.equal(matchVersion(a, ">=", b), more === true || same === true);
      }),
    );
  });
});
