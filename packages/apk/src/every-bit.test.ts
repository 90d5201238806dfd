import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { splitGzipMembers } from "@apkmill/archive";
import { isOrderly, outcomeOf } from "./testing/broken-row.ts";
import { decodedIndex, decodedPackage } from "./testing/decoded.ts";
import { temporaryFolder, testKey } from "./testing/packages.ts";
import { shapeIndex, shapePackage } from "./testing/raw-package.ts";

const { key, keyring } = testKey();

/** Every bit in the full run, and every third in the short one. */
const stepBits = process.env["APKMILL_ALL_CASES"] === "yes" ? 1 : 3;

/**
 * Reads every version of `bytes` with one bit turned over. What is accepted must say the same, and must be another packing of the same
 * content: a hint in a gzip header, or a match in the deflate stream that gives the same bytes. That can be had only in the first
 * `uncheckedBytes`, of which no hash is known.
 */
async function requireRefusedFlips(
  bytes: Buffer,
  uncheckedBytes: number,
  decode: (changed: Buffer) => Promise<string> | string,
): Promise<void> {
  const expected = await decode(bytes);
  for (let at = 0; at < bytes.length * 8; at += stepBits) {
    const [offset, bit] = [at >> 3, at & 7];
    const place = `bit ${String(bit)} of byte ${String(offset)}`;
    const changed = Buffer.from(bytes);
    changed[offset] = (changed[offset] ?? 0) ^ (1 << bit);
    let content = "";
    const outcome = await outcomeOf(async () => {
      content = await decode(changed);
    });
    assert.ok(isOrderly(outcome), `${place}: ${outcome}`);
    if (outcome !== "accepted") continue;
    assert.equal(content, expected, place);
    assert.ok(offset < uncheckedBytes, `${place} is accepted`);
    assert.ok(gunzipSync(changed).equals(gunzipSync(bytes)), `${place} unpacks to something else`);
  }
}

test("of a signed package, a flipped bit is refused unless it packs the signature's file in another way", async (t) => {
  const path = join(await temporaryFolder(t), "small.apk");
  const bytes = shapePackage(key);
  await requireRefusedFlips(bytes, memberEnd(bytes, 1), async (changed) => {
    await writeFile(path, changed);
    return decodedPackage(path, keyring);
  });
});

test("without keys, a flipped bit is refused unless it packs signature or control in another way", async (t) => {
  const path = join(await temporaryFolder(t), "small.apk");
  const bytes = shapePackage(key);
  await requireRefusedFlips(bytes, memberEnd(bytes, 2), async (changed) => {
    await writeFile(path, changed);
    return decodedPackage(path, undefined);
  });
});

test("of a signed index, a flipped bit is refused unless it packs the signature's file in another way", async () => {
  const bytes = shapeIndex(key);
  await requireRefusedFlips(bytes, memberEnd(bytes, 1), (changed) => decodedIndex(changed, keyring));
});

/** Where the first `count` gzip members end. */
function memberEnd(bytes: Buffer, count: number): number {
  return splitGzipMembers(bytes)
    .slice(0, count)
    .reduce((total, { raw }) => total + raw.length, 0);
}

test("a package and an index that are cut short at any byte are refused", async (t) => {
  const path = join(await temporaryFolder(t), "small.apk");
  const bytes = shapePackage(key);
  const index = shapeIndex(key);
  for (let length = 0; length < bytes.length; length += 1) {
    await writeFile(path, bytes.subarray(0, length));
    const outcome = await outcomeOf(() => decodedPackage(path, undefined));
    assert.match(outcome, /^APK_(FORMAT|DATA_HASH)$/, `${String(length)} bytes of a package`);
  }
  for (let length = 0; length < index.length; length += 1) {
    const outcome = await outcomeOf(() => decodedIndex(index.subarray(0, length), undefined));
    assert.equal(outcome, "INDEX_FORMAT", `${String(length)} bytes of an index`);
  }
});
