import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isEngineError } from "@apkmill/core";
import { readFields } from "./lock-fields.ts";
import { formatLock, lockfileOf, type ImageLock } from "./lock-file.ts";
import { parseLock } from "./parse-lock.ts";
import { withCode } from "./testing/bench.ts";

const sha1 = Buffer.alloc(20, 1).toString("base64");
const sha256 = Buffer.alloc(32, 2).toString("base64");

const lock: ImageLock = {
  config: { name: "apko.yaml", checksum: `sha256-${sha256}` },
  keyring: [{ name: "example.org/a.rsa.pub", url: "https://example.org/a.rsa.pub", content: "PEM\n" }],
  buildRepositories: [],
  runtimeRepositories: [],
  repositories: [
    { name: "example.org/x86_64", url: "https://example.org/x86_64/APKINDEX.tar.gz", architecture: "x86_64" },
  ],
  packages: [
    {
      name: "app",
      url: "https://example.org/x86_64/app-1-r0.apk",
      version: "1-r0",
      architecture: "x86_64",
      signature: { range: "", checksum: "" },
      control: { range: "bytes=0-99", checksum: `sha1-${sha1}` },
      data: { range: "bytes=100-199", checksum: `sha256-${sha256}` },
      checksum: `Q1${sha1}`,
      addition: { control: `sha256-${sha256}`, index: { arch: "noarch", buildTime: 7, provides: ["x=1"] } },
    },
  ],
  inputs: { repositories: [], buildRepositories: [], keyring: [], packages: ["more"], discoverKeys: true },
  bases: [{ architecture: "x86_64", digest: "sha256:00" }],
};

test("a lock reads as what was written, and is written as it was read", () => {
  const text = formatLock(lock);
  assert.deepEqual(parseLock(text), lock);
  assert.equal(formatLock(parseLock(text)), text);
});

test("a lock of apko's reads without what is ours; its null is an empty list", () => {
  const theirs: Record<string, unknown> = {
    ...(JSON.parse(formatLock(lock)) as object),
    apkmill: undefined,
  };
  const contents = { ...(theirs["contents"] as object), build_repositories: null };
  const parsed = parseLock(JSON.stringify({ ...theirs, contents, later: 1 }));
  const plain = JSON.parse(JSON.stringify({ ...lock, inputs: undefined, bases: undefined })) as typeof lock;
  const [only] = plain.packages;
  assert.deepEqual(
    JSON.parse(JSON.stringify(parsed)),
    JSON.parse(JSON.stringify({ ...plain, packages: [{ ...only, addition: undefined }] })),
  );
});

/** The lock with one value changed. */
function changed(path: string, value: unknown): string {
  const root = JSON.parse(formatLock(lock)) as unknown;
  const keys = path.split(".");
  let at = root as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[keys.at(-1) ?? ""] = value;
  return JSON.stringify(root);
}

const wrong: readonly (readonly [path: string, value: unknown, named: string])[] = [
  ["version", "v2", "version"],
  ["version", undefined, "version"],
  ["config.checksum", 1, "config.checksum"],
  ["contents", [], "contents"],
  ["contents.packages", {}, "contents.packages"],
  ["contents.keyring", [{ url: "u" }], "contents.keyring[0].name"],
  ["contents.repositories", [{ name: "n", url: 1, architecture: "a" }], "contents.repositories[0].url"],
  ["contents.packages.0.name", "../x", "contents.packages[0].name"],
  ["contents.packages.0.version", "", "contents.packages[0].version"],
  ["contents.packages.0.url", "", "contents.packages[0].url"],
  ["contents.packages.0.url", "/x/${hash}.apk", "contents.packages[0].url"],
  ["contents.packages.0.url", "/x/a\nb.apk", "contents.packages[0].url"],
  ["contents.packages.0.checksum", "Q1zz", "contents.packages[0].checksum"],
  ["contents.packages.0.checksum", `Q2${sha1}`, "contents.packages[0].checksum"],
  [
    "contents.packages.0.control.checksum",
    `sha1-${Buffer.alloc(20).toString("base64")}`,
    "contents.packages[0].control.checksum",
  ],
  ["contents.packages.0.control.range", "0-9", "contents.packages[0].control.range"],
  ["contents.packages.0.data.range", "bytes=9-1", "contents.packages[0].data.range"],
  ["contents.packages.0.data.checksum", `sha1-${sha1}`, "contents.packages[0].data.checksum"],
  ["apkmill.version", 2, "apkmill.version"],
  ["apkmill.packages", [], "apkmill.packages"],
  ["apkmill.packages.0.name", "other", "apkmill.packages"],
  ["apkmill.packages.0.control", "", "apkmill.packages[0].control"],
  ["apkmill.packages.0.index.buildTime", -1, "apkmill.packages[0].index.buildTime"],
  ["apkmill.packages.0.index.provides", ["a\nP:b"], "apkmill.packages[0].index.provides[0]"],
  ["apkmill.inputs.discoverKeys", 1, "apkmill.inputs.discoverKeys"],
];
for (const [path, value, named] of wrong) {
  test(`a lock whose ${path} is ${JSON.stringify(value)} is refused by the name of the field`, () => {
    assert.throws(
      () => parseLock(changed(path, value), "a.lock.json"),
      (error) => {
        assert.ok(isEngineError(error));
        assert.equal(error.code, "IMAGE_LOCK_FORMAT");
        assert.equal(error.context.file, "a.lock.json");
        assert.ok(
          error.problems.some(({ message }) => message.startsWith(`${named}: `)),
          JSON.stringify(error.problems),
        );
        return true;
      },
    );
  });
}

test("what is no JSON is refused with its position", () => {
  assert.throws(
    () => parseLock('{\n  "version": "v1" x\n}', "a.lock.json"),
    (error) => {
      assert.ok(isEngineError(error));
      assert.deepEqual([error.context.line, error.context.column], [2, 19]);
      return true;
    },
  );
  assert.throws(() => parseLock('{"version": x}'), { message: /"version": x/ });
  for (const text of ["", "[", "null", "7", '"v1"', "[]"])
    assert.throws(() => parseLock(text), withCode("IMAGE_LOCK_FORMAT"));
});

test("a file of another kind is read no further than its first problems", () => {
  let seen = 0;
  const readTexts = (): unknown =>
    readFields(JSON.stringify(Array(1000).fill(0)), "a.lock.json", (root, fields) =>
      fields.list(root, "texts", (item, path) => {
        seen += 1;
        return fields.text(item, path);
      }),
    );
  assert.throws(readTexts, (error) => isEngineError(error) && error.problems.length === 20);
  assert.equal(seen, 20);
});

test("a lock of two thousand packages for nine architectures is read, and brackets without end are not", () => {
  const [only = assert.fail()] = lock.packages;
  const packages = Array.from({ length: 18_000 }, () => only);
  assert.equal(parseLock(formatLock({ ...lock, packages })).packages.length, 18_000);
  for (const [begin, end] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const)
    assert.throws(() => parseLock(`${begin.repeat(600_000)}0${end.repeat(600_000)}`), { code: "LIMIT_EXCEEDED" });
  assert.throws(() => parseLock(`{"contents":{"packages":[${"{},".repeat(300_000)}{}]}}`), { code: "LIMIT_EXCEEDED" });
});

test("a package without a checksum is refused: a lock of an early apko", () => {
  assert.throws(() => parseLock(changed("contents.packages.0.checksum", "")), withCode("IMAGE_LOCK_INCOMPLETE"));
});

test("a lock stands beside its configuration", () => {
  assert.equal(lockfileOf("a/apko.yaml"), "a/apko.lock.json");
  assert.equal(lockfileOf("a.b/apko"), "a.b/apko.lock.json");
});

const paths = wrong.map(([path]) => path);

test("whatever stands in a field, the lock is read or refused by our codes", () => {
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
      try {
        parseLock(changed(path, value));
      } catch (error) {
        assert.match(isEngineError(error) ? error.code : String(error), /^IMAGE_LOCK_/);
      }
    }),
  );
});
