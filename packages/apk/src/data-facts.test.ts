import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDataFacts, encodeDataFacts } from "./data-facts.ts";
import type { DataFacts, PackageEntry } from "./stored-package.ts";
import { testEntry } from "./testing/packages.ts";

const xattrs = new Map([["security.capability", Uint8Array.from([1, 0, 0, 2, 255])]]);
const entries: readonly PackageEntry[] = [
  testEntry({ path: "dev", type: "directory" }),
  testEntry({ path: "dev/tty", type: "character", device: { major: 5, minor: 0 } }),
  testEntry({ path: "dev/disk", type: "block", device: { major: 8, minor: 1 }, xattrs }),
  testEntry({ path: "ping", xattrs, sizeBytes: 3, uid: 7, gid: 8, uname: "", gname: "ping" }),
  testEntry({ path: "ping6", type: "symlink", linkPath: "ping" }),
  testEntry({ path: "ping4", type: "hardlink", linkPath: "ping", xattrs }),
  testEntry({ path: "run", type: "fifo" }),
].map((entry, index) => ({
  ...entry,
  sha1: String(index).repeat(40),
  sha256: entry.type === "file" ? "a".repeat(64) : "",
}));

const facts: DataFacts = { diffId: `sha256:${"0".repeat(64)}`, unpackedSizeBytes: 10_240, entries };

test("facts survive the way through JSON, every kind of entry", () => {
  assert.deepEqual(decodeDataFacts(JSON.parse(JSON.stringify(encodeDataFacts(facts)))), facts);
});

test("what a tar has that not every runtime unpacks is remembered, and nothing where it has nothing of the kind", () => {
  const odd = { ...facts, oddity: "a PAX header for the whole archive" };
  assert.deepEqual(decodeDataFacts(JSON.parse(JSON.stringify(encodeDataFacts(odd)))), odd);
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(encodeDataFacts(facts))) as object), Object.keys(facts));
});

test("what another version of the engine remembered is not taken for facts", () => {
  for (const value of [undefined, null, 1, {}, { ...facts, entries: 1 }, { ...facts, entries: [{ path: "x" }] }]) {
    assert.equal(decodeDataFacts(value), undefined);
  }
});
