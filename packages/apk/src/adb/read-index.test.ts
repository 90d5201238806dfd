import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { readIndex, requireIndexSigner } from "../index-file.ts";
import { keyringOf, parsePublicKey } from "../keyring.ts";
import {
  encodeAdbIndex,
  encodeContainer,
  encodePayload,
  wordsOf,
  wrap,
  wrappings,
  type AdbValue,
} from "../testing/adb-writer.ts";

const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keyring = keyringOf([
  parsePublicKey("repo.pem", key.publicKey.export({ type: "spki", format: "pem" }).toString()),
]);

const hash32 = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const hello = { 1: "hello", 2: "1.0-r0", 3: hash32, 5: "x86_64", 13: 1234 };

test("records are the same values as those of an APKINDEX, in every compression", () => {
  const file = encodeAdbIndex(
    [
      { ...hello, 4: "greets\nloudly", 12: 99, 14: 7, 15: [{ 1: "musl" }], 18: [{ 1: "a" }, { 1: "b" }] },
      { 1: "old", 2: "2", 3: hash32.subarray(0, 20) },
    ],
    { keys: [key], description: "test repository", spec: "${name}.apk" },
  );
  for (const wrapping of wrappings) {
    const index = readIndex(wrap(file, wrapping));
    assert.ok(index.format === "v3");
    assert.equal(requireIndexSigner(index, keyring, "index"), "repo.pem");
    assert.deepEqual([index.description, index.packageSpec], ["test repository", "${name}.apk"]);
    const none = {
      url: "",
      license: "",
      origin: "",
      maintainer: "",
      commit: "",
      buildTime: 0,
      provides: [],
      problem: undefined,
    };
    assert.deepEqual(index.records, [
      {
        ...none,
        checksum: `Q2${hash32.toString("base64")}`,
        name: "hello",
        version: "1.0-r0",
        arch: "x86_64",
        sizeBytes: 1234,
        installedSizeBytes: 99,
        description: "greets loudly",
        providerPriority: 7,
        depends: ["musl"],
        installIf: ["a", "b"],
      },
      {
        ...none,
        checksum: `Q1${hash32.toString("base64", 0, 20)}`,
        name: "old",
        version: "2",
        arch: "",
        sizeBytes: 0,
        installedSizeBytes: 0,
        description: "",
        providerPriority: 0,
        depends: [],
        installIf: [],
      },
    ]);
  }
});

const dependencies: readonly (readonly [value: AdbValue, text: string])[] = [
  [{ 1: "a" }, "a"],
  [{ 1: "a", 3: 16 }, "!a"],
  [{ 1: "a", 3: 7 }, "a"],
  [{ 1: "a", 2: "1" }, "a=1"],
  [{ 1: "a", 2: "1", 3: 1 }, "a=1"],
  [{ 1: "a", 2: "1", 3: 2 }, "a<1"],
  [{ 1: "a", 2: "1", 3: 3 }, "a<=1"],
  [{ 1: "a", 2: "1", 3: 4 }, "a>1"],
  [{ 1: "a", 2: "1", 3: 5 }, "a>=1"],
  [{ 1: "a", 2: "1", 3: 8 }, "a~1"],
  [{ 1: "a", 2: "1", 3: 9 }, "a~1"],
  [{ 1: "a", 2: "1", 3: 10 }, "a<~1"],
  [{ 1: "a", 2: "1", 3: 12 }, "a>~1"],
  [{ 1: "a", 2: "1", 3: 16 }, "!a=1"],
  [{ 1: "a", 2: "1", 3: 18 }, "!a<1"],
  [{ 1: "a", 2: "Q1AAAA=", 3: 6 }, "a><Q1AAAA="],
  [{ 1: "so:libc.musl-x86_64.so.1", 2: "1~abc", 3: 5 }, "so:libc.musl-x86_64.so.1>=1~abc"],
];

test("dependencies become text as apk writes it", () => {
  const index = readIndex(encodeAdbIndex([{ ...hello, 15: dependencies.map(([value]) => value) }]));
  assert.deepEqual(
    index.records[0]?.depends,
    dependencies.map(([, text]) => text),
  );
});

const refused: readonly (readonly [why: string, value: AdbValue])[] = [
  ["no name", { ...hello, 1: undefined }],
  ["no version", { ...hello, 2: undefined }],
  ["a name that would begin a line of its own", { ...hello, 1: "a\nP:b" }],
  ["an architecture of two words", { ...hello, 5: "x y" }],
  ["an identity of no known length", { ...hello, 3: hash32.subarray(0, 16) }],
  ["null", undefined],
  ["a number", 7],
  ...[" ", "!a", "a b", "a>1", "a@b", "a\nb", "a\0"].map(
    (name) => [`a dependency ${JSON.stringify(name)}`, { ...hello, 15: [{ 1: name }] }] as const,
  ),
  ...["=1", "1 b", "~1", ">1\n"].map(
    (version) => [`a version ${JSON.stringify(version)}`, { ...hello, 15: [{ 1: "a", 2: version }] }] as const,
  ),
  ...[14, 15, 32, 2 ** 32].map(
    (match) => [`a relation ${String(match)}`, { ...hello, 15: [{ 1: "a", 2: "1", 3: match }] }] as const,
  ),
];

for (const [why, value] of refused) {
  test(`an index with ${why} among its packages is refused`, () => {
    assert.throws(() => readIndex(encodeAdbIndex([value, hello])), { code: "INDEX_FORMAT" });
  });
}

test("an index without packages is empty", () => {
  assert.deepEqual(readIndex(encodeAdbIndex([])).records, []);
});

test("a package is no index, and contents have no place in one", () => {
  const { payload } = encodePayload({ 2: [hello] });
  assert.throws(() => readIndex(encodeContainer("pckg", payload)), { code: "INDEX_FORMAT" });
  assert.throws(() => readIndex(encodeContainer("indx", payload, { contents: [Buffer.alloc(9)] })), {
    code: "INDEX_FORMAT",
  });
});

test("lists that thousands of records share are read once, and count as often as they would be written", () => {
  const depends = Array.from({ length: 1000 }, (_, index) => ({ 1: `package-with-a-long-name-${String(index)}` }));
  const packages = Array.from({ length: 2000 }, (_, index) => ({ 1: `p${String(index)}`, 2: "1", 15: depends }));
  const file = encodeAdbIndex(packages);
  assert.ok(file.length < 200_000);
  const { records } = readIndex(file, { limits: { ...defaultLimits, items: 3_000_000 } });
  assert.ok(records.every((record) => record.depends === records[0]?.depends));
  for (const changes of [{ indexBytes: 10 << 20, items: 3_000_000 }, { items: 1_999_999 }]) {
    assert.throws(() => readIndex(file, { limits: { ...defaultLimits, ...changes } }), { code: "LIMIT_EXCEEDED" });
  }
});

test("more records than the limit are refused", () => {
  const limits = { ...defaultLimits, records: 1 };
  assert.doesNotThrow(() => readIndex(encodeAdbIndex([hello]), { limits }));
  assert.throws(() => readIndex(encodeAdbIndex([hello, { ...hello, 1: "b" }]), { limits }), { code: "LIMIT_EXCEEDED" });
});

test("overlapping lists of a hostile index end in an error, soon", () => {
  // Every word is the count of a list that reaches to the end, and every entry of every list is such a list.
  const words = 200_000;
  const body = Array.from({ length: words }, (_, index) =>
    index % 2 === 0 ? words - index - 2 : 0xe000_0000 + 8 + 4 * (index - 1),
  );
  const payload = wordsOf([0, 0xe000_0008, 3, 0, 0xe000_0014, ...body]);
  const start = performance.now();
  assert.throws(() => readIndex(encodeContainer("indx", payload)), isEngineError);
  assert.ok(performance.now() - start < 2000);
});

test("every changed bit of a signed index is refused, and every cut", () => {
  const good = encodeAdbIndex([hello, { ...hello, 1: "other" }], { keys: [key], description: "d" });
  const read = (bytes: Buffer): unknown => requireIndexSigner(readIndex(bytes), keyring, "index");
  assert.equal(read(good), "repo.pem");
  for (let bit = 0; bit < 8 * good.length; bit += 1) {
    const changed = Buffer.from(good);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => read(changed), { name: "ApkError" }, `bit ${String(bit)}`);
  }
  for (let length = 0; length < good.length; length += 1) {
    assert.throws(() => read(good.subarray(0, length)), { name: "ApkError" }, `length ${String(length)}`);
  }
});
