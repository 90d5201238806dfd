import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatInstalled } from "./format-installed.ts";
import type { InstalledPackage } from "@apkmill/apk";
import { readInstalled } from "./read-installed.ts";

const sample = `C:Q1AYNx2pLOAHRYZQgv3nM8TNtvRWY=
P:busybox
V:1.36.1-r15
A:x86_64
S:500
I:1000
T:Size optimized toolbox
U:
L:GPL-2.0-only
o:busybox
t:1699383189
D:so:libc.musl-x86_64.so.1
p:/bin/sh cmd:busybox=1.36.1-r15
r:busybox-initscripts
q:5
s:edge
f:s
F:
R:init
F:tmp
M:0:0:1777
F:bin
R:busybox
a:0:0:755
Z:Q1UIG+FFeVkrVXc3vIVQxSpCTKyXk=
R:sh
a:0:0:777:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=

`;

test("every field of a record is read", () => {
  const [only] = readInstalled(sample);
  assert.ok(only);
  assert.equal(only.name, "busybox");
  assert.equal(only.buildTime, 1699383189);
  assert.deepEqual(only.provides, ["/bin/sh", "cmd:busybox=1.36.1-r15"]);
  assert.equal(only.replacesPriority, 5);
  assert.equal(only.tag, "edge");
  assert.equal(only.flags, "s");
  assert.deepEqual(
    only.directories.map(({ path, mode }) => [path, mode]),
    [
      ["", 0o755],
      ["tmp", 0o1777],
      ["bin", 0o755],
    ],
  );
  assert.deepEqual(only.directories[2]?.files, [
    { name: "busybox", uid: 0, gid: 0, mode: 0o755, xattrDigest: "", checksum: "Q1UIG+FFeVkrVXc3vIVQxSpCTKyXk=" },
    { name: "sh", uid: 0, gid: 0, mode: 0o777, xattrDigest: "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=", checksum: "" },
  ]);
});

test("what was read is written back in the same bytes", () => {
  assert.equal(formatInstalled(readInstalled(sample)), sample);
});

test("apko's form is read: fields in its order, empty ones, bracketed lists, modes of four digits", () => {
  const [only] = readInstalled("P:a\nV:1\nU:\nD:\ni:[b c]\nk:0\nC:Q1x=\nF:etc\nM:0:0:0700\nR:x\na:0:42:0640\n\n");
  assert.ok(only);
  assert.deepEqual(only.installIf, ["b", "c"]);
  assert.deepEqual(only.depends, []);
  assert.equal(only.directories[0]?.mode, 0o700);
  assert.equal(only.directories[0].files[0]?.mode, 0o640);
  assert.deepEqual(readInstalled("P:a\nV:1\ni:[]\n\n")[0]?.installIf, []);
});

test("lists accumulate, unknown letters are passed over, and the last record needs no empty line", () => {
  const packages = readInstalled("P:a\nV:1\nD:x\nD:y z\nX:?\n\n\nP:b\nV:2");
  assert.deepEqual(
    packages.map(({ name, depends }) => [name, depends]),
    [
      ["a", ["x", "y", "z"]],
      ["b", []],
    ],
  );
});

const broken: readonly (readonly [what: string, text: string, line: number])[] = [
  ["a line without a colon", "P:a\nnonsense\n\n", 2],
  ["a file before any directory", "P:a\nV:1\nR:x\n\n", 3],
  ["a directory's owner before any directory", "P:a\nV:1\nM:0:0:755\n\n", 3],
  ["a checksum before any file", "P:a\nV:1\nF:etc\nZ:Q1x=\n\n", 4],
  ["an owner that is no owner", "P:a\nV:1\nF:etc\nM:root:0:755\n\n", 4],
  ["a mode that is not octal", "P:a\nV:1\nF:etc\nM:0:0:789\n\n", 4],
  ["a size that is no number", "P:a\nV:1\nS:big\n\n", 4],
  ["a record without a name", "V:1\n\n", 2],
];

for (const [what, text, line] of broken) {
  test(`${what} is refused with its line`, () => {
    assert.throws(() => readInstalled(text), { code: "ROOTFS_BAD_DATABASE", context: { file: "installed", line } });
  });
}

test("text over the limit is refused before it is read", async () => {
  const { defaultLimits } = await import("@apkmill/core");
  const limits = { ...defaultLimits, indexBytes: 10 };
  assert.throws(() => readInstalled(sample, { limits }), { code: "LIMIT_EXCEEDED" });
});

test("any text is read or refused with a code, never otherwise", () => {
  const line = fc.oneof(
    fc.constantFrom("P:a", "V:1", "F:d", "R:f", "a:0:0:644", "M:1:2:755", "Z:Q1", "", "S:1"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        readInstalled(lines.join("\n"));
      } catch (error) {
        assert.equal((error as { code?: string }).code, "ROOTFS_BAD_DATABASE");
      }
    }),
  );
});

test("a line break in a field cannot begin a line of its own", () => {
  const [plain] = readInstalled(sample);
  assert.ok(plain);
  const evil: InstalledPackage = { ...plain, description: "x\nF:etc\nR:shadow", depends: ["a\r\n\nP:ghost"] };
  const text = formatInstalled([evil]);
  assert.ok(!text.split("\n").includes("R:shadow"));
  assert.equal(readInstalled(text).length, 1);
});

test("a database that names what is not below the root is refused", () => {
  for (const lines of ["F:..", "F:/etc", "F:a//b", "F:a/../../b", "F:a\nR:../b", "F:a\nR:b/c", "F:a\nR:.", "F:a\nR:"]) {
    assert.throws(() => readInstalled(`P:a\nV:1\n${lines}\n\n`), { code: "ROOTFS_BAD_DATABASE" });
  }
});
