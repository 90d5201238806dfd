import assert from "node:assert/strict";
import { test } from "node:test";
import { openCatalog } from "./catalog-builder.ts";
import { decodeCatalog, encodeCatalog } from "./catalog-columns.ts";

const text = Buffer.from(
  "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1-r0\nA:x86_64\nD:b so:c\np:cmd:a=1\ni:d\n\nP:b\nV:2-r0\nk:5\np:so:c\n\nP:d\nV:1-r0\n\n",
);
const catalog = openCatalog([
  { text, what: "one" },
  { text, what: "two" },
]);
const kept = Buffer.concat(encodeCatalog(catalog));

test("a catalog comes back as it was", () => {
  const again = decodeCatalog(kept);
  assert.ok(again !== undefined);
  const { names, ...rest } = again;
  const { names: before, ...others } = catalog;
  assert.deepEqual({ ...rest, text: rest.text.toString() }, { ...others, text: others.text.toString() });
  assert.equal(names.size, before.size);
  for (const name of ["a", "b", "so:c", "cmd:a", "d", "absent"])
    assert.equal(names.find(name), before.find(name), name);
  assert.deepEqual([...again.repeats], [[0, [3]]]);
});

test("a catalog that is damaged, cut or of another kind is none", () => {
  for (let at = 0; at < kept.length; at += 1) {
    const flipped = Buffer.from(kept);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at);
    assert.equal(decodeCatalog(Buffer.from(flipped)), undefined, `byte ${String(at)}`);
  }
  for (const length of [0, 3, 4, 100, kept.length - 1])
    assert.equal(decodeCatalog(Buffer.from(kept.subarray(0, length))), undefined);
});
