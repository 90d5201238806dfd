import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, isValidVersion, matchVersion, splitNameVersion, type VersionOperator } from "./version.ts";

/** Rules of reference apk-formats A5, one test each. */
function inOrder(...versions: readonly string[]): void {
  for (const [index, version] of versions.entries()) {
    assert.equal(compareVersions(version, version), 0, version);
    for (const later of versions.slice(index + 1)) {
      assert.equal(compareVersions(version, later), -1, `${version} < ${later}`);
      assert.equal(compareVersions(later, version), 1, `${later} > ${version}`);
    }
  }
}

test("numbers are compared as numbers, however long", () => {
  inOrder("1", "2", "10", "99999999999999999998", "99999999999999999999");
});

test("a further number makes a version later", () => {
  inOrder("1", "1.0", "1.0.0", "1.1");
});

test("a further number with a leading zero is compared from the left, like a fraction", () => {
  inOrder("1.01", "1.02", "1.1");
  inOrder("1.0", "1.09", "1.9");
});

test("a letter comes after none, in the order of the alphabet", () => {
  inOrder("1.0", "1.0a", "1.0b", "1.0z");
});

test("suffixes have their order: four before the release, five after", () => {
  inOrder("1.0_alpha", "1.0_beta", "1.0_pre", "1.0_rc", "1.0", "1.0_cvs", "1.0_svn", "1.0_git", "1.0_hg", "1.0_p");
});

test("the number of a suffix counts, and several suffixes are compared one by one", () => {
  inOrder("1.0_rc1", "1.0_rc2", "1.0_rc10", "1.0_rc10_p1", "1.0");
});

test("a hash comes before a revision in the text and is compared bytewise", () => {
  assert.ok(isValidVersion("1.0~abc-r1"));
  assert.equal(compareVersions("1.0~aa", "1.0~ab"), -1);
});

test("a revision is a number, and none comes before any", () => {
  inOrder("1.0", "1.0-r0", "1.0-r1", "1.0-r10");
});

test("anything else is not a version", () => {
  for (const text of [
    "",
    "a",
    "1.",
    "1..2",
    "1_foo",
    "1.0-r",
    "1.0-r1.2",
    "1A",
    "1.0_",
    "1.0ab",
    "1.0-r1_p1",
    "1 ",
    "-r1",
  ])
    assert.ok(!isValidVersion(text), text);
  for (const text of ["0", "1.2.3", "1.0b_rc2_p20240101-r12", "20240101", "1.0~0f-r1"])
    assert.ok(isValidVersion(text), text);
});

test("an absent version is lower than every version", () => {
  inOrder("", "0_alpha", "0");
});

test("operators hold as sets of less, equal and greater", () => {
  const rows: readonly (readonly [string, VersionOperator, string, boolean])[] = [
    ["1.2", "=", "1.2", true],
    ["1.2", "<", "1.3", true],
    ["1.3", "<", "1.3", false],
    ["1.3", "<=", "1.3", true],
    ["1.4", ">", "1.3", true],
    ["1.3", ">=", "1.3", true],
    ["1.3.5-r2", "~", "1.3", true],
    ["1.3", "~", "1.3.5", false],
    ["1.2", "<~", "1.3", true],
    ["1.3.9", "<~", "1.3", true],
    ["1.4", "<~", "1.3", false],
    ["1.3.9", ">~", "1.3", true],
  ];
  for (const [version, operator, wanted, holds] of rows)
    assert.equal(matchVersion(version, operator, wanted), holds, `${version} ${operator} ${wanted}`);
});

test("an unversioned provide fulfils what is below something, and nothing else", () => {
  const holds = (["<", "<=", "<~", "=", ">=", ">", "~", ">~"] as const).map((operator) =>
    matchVersion("", operator, "2"),
  );
  assert.deepEqual(holds, [true, true, true, false, false, false, false, false]);
});

test("a name and its version are parted at the last hyphen before a digit", () => {
  assert.deepEqual(splitNameVersion("py3-foo-2-1.0_rc1-r3"), { name: "py3-foo-2", version: "1.0_rc1-r3" });
  assert.deepEqual(splitNameVersion("busybox"), { name: "busybox", version: "" });
});
