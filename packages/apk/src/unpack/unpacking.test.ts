import assert from "node:assert/strict";
import { test } from "node:test";
import { inlineUnpacker } from "./unpacker.ts";
import { withUnpacking } from "./unpacking.ts";

const large = 1 << 30;

test("threads start when much is to be fetched, and serve what follows", async () => {
  await withUnpacking(async ({ unpackerFor }) => {
    assert.equal(await unpackerFor(1), inlineUnpacker);
    const threads = await unpackerFor(large);
    assert.notEqual(threads, inlineUnpacker);
    assert.equal(await unpackerFor(1), threads);
  });
});

test("threads are ended when the work fails, so that the process can end", async () => {
  const failing = withUnpacking(async ({ unpackerFor }) => {
    await unpackerFor(large);
    throw new Error("no package");
  });
  await assert.rejects(failing, /no package/);
});
