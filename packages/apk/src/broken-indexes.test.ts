import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readIndex, requireIndexSigner } from "./index-file.ts";
import { signIndex } from "./sign-files.ts";
import { brokenIndexes } from "./testing/broken-indexes.ts";
import { isOrderly, outcomeOf } from "./testing/broken-row.ts";
import { temporaryFolder, testKey } from "./testing/packages.ts";
import { shapeIndex } from "./testing/raw-package.ts";

const { key, keyring } = testKey();

function judge(bytes: Buffer): string {
  const index = readIndex(bytes);
  requireIndexSigner(index, keyring, "index");
  return JSON.stringify([index.description, index.records]);
}

test("the index that all rows start from is good", () => {
  assert.deepEqual(
    readIndex(shapeIndex(key)).records.map(({ name, depends }) => [name, depends]),
    [["hello", ["musl"]]],
  );
});

for (const { name, bytes, outcome } of brokenIndexes(key)) {
  test(`${name}: ${outcome}`, async (t) => {
    const path = join(await temporaryFolder(t), "APKINDEX.tar.gz");
    const given = bytes();
    await writeFile(path, given);
    const began = performance.now();
    assert.equal(await outcomeOf(() => judge(given)), outcome);
    assert.ok(isOrderly(await outcomeOf(() => signIndex(path, key))), "signing it is orderly too");
    assert.ok(performance.now() - began < 3000, "it takes less than three seconds");
  });
}
