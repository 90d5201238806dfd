import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isEngineError } from "@apkmill/core";
import { parseStoredIndex } from "./referrers-index.ts";

const digest = `sha256:${"a".repeat(64)}`;
const read = (text: string): ReturnType<typeof parseStoredIndex> =>
  parseStoredIndex("reading", Buffer.from(text), "http://r.example");

describe("an index of referrers", () => {
  test("keeps every entry and uses those that are descriptors", () => {
    const good = { mediaType: "m", digest, size: 1, annotations: { a: "b" } };
    const strange = [{ digest: `sha512:${"b".repeat(128)}`, mediaType: "m", size: 1 }, null, 7, { ...good, size: "1" }];
    const index = read(JSON.stringify({ schemaVersion: 2, manifests: [good, ...strange], extra: true }));
    assert.deepEqual(index.descriptors, [good]);
    assert.deepEqual(index.manifests, [good, ...strange]);
    assert.equal(index.raw["extra"], true);
  });

  for (const text of ["", "null", "[]", "{}", '{"schemaVersion":2}', '{"schemaVersion":1,"manifests":[]}', "<html>"]) {
    test(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => read(text),
        (error: unknown) => isEngineError(error) && error.code === "REGISTRY_MALFORMED_ANSWER",
      );
    });
  }
});
