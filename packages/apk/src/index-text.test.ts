import assert from "node:assert/strict";
import { test } from "node:test";
import { formatIndexText, parseIndexText } from "./index-text.ts";

const full = `C:Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU=
P:hello
V:1.0-r0
A:x86_64
S:1234
I:4096
T:greets
U:https://example.org
L:MIT
o:hello
m:us
t:1700000000
c:c0ffee
D:a b>=1 !c
i:x y=1
p:cmd:hello=1.0-r0
k:10

`;

test("a record is written as it is read", () => {
  const [record] = parseIndexText(full);
  assert.deepEqual(record, {
    checksum: "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU=",
    name: "hello",
    version: "1.0-r0",
    arch: "x86_64",
    sizeBytes: 1234,
    installedSizeBytes: 4096,
    description: "greets",
    url: "https://example.org",
    license: "MIT",
    origin: "hello",
    maintainer: "us",
    buildTime: 1_700_000_000,
    commit: "c0ffee",
    depends: ["a", "b>=1", "!c"],
    installIf: ["x", "y=1"],
    provides: ["cmd:hello=1.0-r0"],
    providerPriority: 10,
    problem: undefined,
  });
  assert.equal(formatIndexText(parseIndexText(full)), full);
});

test("empty fields are left out, the description is not", () => {
  assert.equal(formatIndexText(parseIndexText("C:Q1\nP:a\nV:1\n")), "C:Q1\nP:a\nV:1\nS:0\nI:0\nT:\n\n");
});

test("list lines accumulate, the last record needs no empty line, several empty lines are one", () => {
  const records = parseIndexText("\n\nP:a\nV:1\nD:x y\nD:z\np:\np:q  r\n\n\n\nP:b\nV:2");
  assert.deepEqual(
    records.map(({ name, depends, provides }) => [name, depends, provides]),
    [
      ["a", ["x", "y", "z"], ["q", "r"]],
      ["b", [], []],
    ],
  );
});

test("a lower-case letter that is not known is skipped, an upper-case one makes the package unusable", () => {
  const [lower, upper, installed] = parseIndexText("P:a\nV:1\nz:1\n\nP:b\nV:1\nX:1\n\nP:c\nV:1\nF:usr\nR:x\nr:d\n");
  assert.equal(lower?.problem, undefined);
  assert.match(upper?.problem ?? "", /field X/);
  assert.equal(installed?.problem, undefined);
});

test("a line may be very long", () => {
  const items = Array.from({ length: 20_000 }, (_, index) => `cmd:tool${String(index)}=1`);
  assert.equal(parseIndexText(`P:a\nV:1\np:${items.join(" ")}\n`)[0]?.provides.length, 20_000);
});

test("malformed text is refused with the line", () => {
  assert.throws(() => parseIndexText("P:a\nV:1\n\nP:b\nV 2\n", "main"), {
    code: "INDEX_FORMAT",
    message: /^main: line 5: expected LETTER:VALUE, found "V 2"/,
  });
  assert.throws(() => parseIndexText("P:a\nV:1\nS:x\n", "main"), {
    message: /^main: line 3: expected a number, found "S:x"/,
  });
  assert.throws(() => parseIndexText("P:a\n\nP:b\n", "main"), {
    message: /^main: line 2: record a ends without a line V/,
  });
  for (const text of [
    "P:a\n",
    "V:1\n",
    "P:a\nV:1\nS:x\n",
    "P:a\nV:1\nS:-1\n",
    "P:a\nV:1\nk:\n",
    "x\n",
    "P:a\nV:1\nS:1e3\n",
  ]) {
    assert.throws(() => parseIndexText(text), { code: "INDEX_FORMAT" }, JSON.stringify(text));
  }
  const [record] = parseIndexText(full);
  assert.ok(record !== undefined);
  assert.throws(() => formatIndexText([{ ...record, description: "a\nP:evil" }]), { code: "INDEX_FORMAT" });
});
