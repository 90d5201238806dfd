import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test, type TestContext } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { decodeDataFacts } from "../data-facts.ts";
import { parsePackageHead } from "../package-head.ts";
import { brokenData } from "../testing/broken-data.ts";
import { temporaryFolder, testKey } from "../testing/packages.ts";
import { shapePackage } from "../testing/raw-package.ts";
import type { UnpackRequest } from "./unpack-file.ts";
import { openUnpacker } from "./thread-unpacker.ts";
import { inlineUnpacker, type Unpacker } from "./unpacker.ts";

const { key } = testKey();

/** The data section of a package in a file of its own, as a fetch leaves it. */
async function stage(t: TestContext, apk: Buffer, changes: Partial<UnpackRequest> = {}): Promise<UnpackRequest> {
  const head = parsePackageHead(apk, defaultLimits, "hello");
  assert.ok(head !== undefined);
  const path = join(await temporaryFolder(t), "data");
  await writeFile(path, apk.subarray(head.raw.length));
  return { path, dataHash: head.control.dataHash, what: "hello-1.0-r0", limits: defaultLimits, ...changes };
}

/** The facts as text, or code, message and hint of the error. */
async function outcomeOf(unpacker: Unpacker, request: UnpackRequest): Promise<string> {
  try {
    return (await unpacker.unpack(request)).facts;
  } catch (error) {
    return isEngineError(error)
      ? [error.code, error.message, error.hint, error.context.package].join("\n")
      : String(error);
  }
}

describe("a thread that unpacks", () => {
  const threads = openUnpacker(1);
  after(() => threads.close());

  test("gives the facts that this thread gives", async (t) => {
    const request = await stage(t, shapePackage(key));
    const unpacked = await threads.unpack(request);
    assert.deepEqual(unpacked, { ...(await inlineUnpacker.unpack(request)), isSynced: true });
    const facts = decodeDataFacts(JSON.parse(unpacked.facts));
    assert.deepEqual(
      facts?.entries.map(({ path }) => path),
      ["usr", "usr/hello"],
    );
  });

  for (const { name, bytes, outcome } of brokenData(key)) {
    test(`judges as this thread does: ${name}: ${outcome}`, async (t) => {
      const request = await stage(t, bytes());
      const found = await outcomeOf(threads, request);
      assert.equal(found, await outcomeOf(inlineUnpacker, request));
      assert.ok(outcome === "accepted" ? found.startsWith("{") : found.startsWith(`${outcome}\n`), found);
    });
  }

  test("refuses what is not what the head names, and goes on", async (t) => {
    const good = await stage(t, shapePackage(key));
    const other = { ...good, dataHash: "0".repeat(64) };
    await assert.rejects(threads.unpack(other), { code: "APK_DATA_HASH" });
    await assert.rejects(threads.unpack({ ...good, limits: { ...defaultLimits, entries: 1 } }), {
      code: "LIMIT_EXCEEDED",
    });
    assert.ok((await threads.unpack(good)).facts.startsWith("{"));
  });

  test("takes more at once than there are threads", async (t) => {
    const requests = await Promise.all(Array.from({ length: 20 }, () => stage(t, shapePackage(key))));
    const all = await Promise.all(requests.map((request) => threads.unpack(request)));
    assert.equal(new Set(all.map(({ facts }) => facts)).size, 1);
  });

  test("gives each of several requests its own answer", async (t) => {
    const good = await stage(t, shapePackage(key));
    const hashes = [good.dataHash, "1".repeat(64), good.dataHash, "2".repeat(64), "3".repeat(64)];
    const outcomes = await Promise.all(hashes.map((dataHash) => outcomeOf(threads, { ...good, dataHash })));
    const expected = hashes.map((dataHash) => outcomeOf(inlineUnpacker, { ...good, dataHash }));
    assert.deepEqual(outcomes, await Promise.all(expected));
    assert.equal(new Set(outcomes).size, 4);
  });

  test("fails as a bug where its file is gone", async () => {
    const request = { path: "/nowhere/data", dataHash: "0".repeat(64), what: "x", limits: defaultLimits };
    await assert.rejects(threads.unpack(request), /ENOENT/);
  });
});

test("threads that were ended answer nobody", async (t) => {
  const threads = openUnpacker(2);
  const request = await stage(t, shapePackage(key));
  await threads.close();
  const outcomes = await Promise.allSettled(Array.from({ length: 2 }, () => threads.unpack(request)));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["rejected", "rejected"],
  );
});
