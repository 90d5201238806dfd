import assert from "node:assert/strict";
import { test } from "node:test";
import { packageKind } from "../package-kind.ts";
import { temporaryFolder, testPorts } from "../testing/packages.ts";
import { inlineUnpacker } from "./unpacker.ts";
import { withUnpacking } from "./unpacking.ts";

const large = 1 << 30;

test("a store without packages has threads at once, one with packages when much is to be fetched", async (t) => {
  const { store } = await testPorts(t, await temporaryFolder(t));
  await withUnpacking(store, async ({ unpackerFor }) => {
    assert.notEqual(await unpackerFor(1), inlineUnpacker);
    assert.equal(await unpackerFor(1), await unpackerFor(large));
  });
  await store.remember(packageKind, "any", {});
  await withUnpacking(store, async ({ unpackerFor }) => {
    assert.equal(await unpackerFor(1), inlineUnpacker);
    const threads = await unpackerFor(large);
    assert.notEqual(threads, inlineUnpacker);
    assert.equal(await unpackerFor(1), threads);
  });
});

test("threads are ended when the work fails, so that the process can end", async (t) => {
  const { store } = await testPorts(t, await temporaryFolder(t));
  const failing = withUnpacking(store, () => Promise.reject(new Error("no index")));
  await assert.rejects(failing, /no index/);
});
