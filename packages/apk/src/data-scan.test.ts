import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { requireDataFacts } from "./data-facts.ts";
import { createDataScan } from "./data-scan.ts";
import type { DataFacts } from "./stored-package.ts";
import { extensionItem, patched, paxRecord, plainTar, tarItem } from "./testing/raw-package.ts";

function scan(...items: readonly Buffer[]): DataFacts {
  const data = createDataScan(defaultLimits, "p");
  for (const item of items) data.push(item);
  return requireDataFacts(JSON.parse(data.finish()));
}

const contiguous = patched(tarItem({ path: "usr/seven" }), { 156: "7" });
const global = extensionItem("g", paxRecord("comment", "c"));

test("of an ordinary section nothing is said but what it holds", () => {
  assert.deepEqual(Object.keys(scan(plainTar)), ["diffId", "unpackedSizeBytes", "entries"]);
});

test("the first thing in a section that not every runtime unpacks is kept, and the entries are as ever", () => {
  const { entries, oddity } = scan(plainTar, contiguous, global);
  assert.equal(oddity, "the contiguous file usr/seven");
  assert.deepEqual(
    entries.map(({ path, type }) => [path, type]),
    [
      ["usr", "directory"],
      ["usr/hello", "file"],
      ["usr/seven", "file"],
    ],
  );
  assert.equal(scan(global, plainTar, contiguous).oddity, "a PAX header for the whole archive");
});
