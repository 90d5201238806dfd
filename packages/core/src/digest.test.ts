import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, compareBytes } from "./canonical-json.ts";
import { digestFromHex, digestOf, hexOf, parseDigest, requireDigest } from "./digest.ts";
import { requireWithin } from "./limits.ts";

const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("the digest of nothing is the well-known one", () => {
  assert.equal(digestOf(""), empty);
  assert.equal(digestFromHex(hexOf(empty)), empty);
});

test("only sha256 with 64 lower-case hex digits is a digest", () => {
  for (const text of ["", "sha256:", empty.toUpperCase(), `${empty}0`, "sha512:00", ` ${empty}`, `${empty}\n`]) {
    assert.throws(() => parseDigest(text), { code: "DIGEST_MALFORMED" }, JSON.stringify(text));
  }
});

test("other content is refused with both digests", () => {
  assert.throws(() => requireDigest("layer", empty, digestOf("x")), {
    code: "DIGEST_MISMATCH",
    message: /^layer: expected sha256:e3b0.*, found sha256:2d71/,
  });
});

test("a value at its limit passes and one above is refused", () => {
  requireWithin("index", 10, 10);
  assert.throws(() => requireWithin("index", 11, 10), { code: "LIMIT_EXCEEDED" });
});

test("canonical JSON sorts keys by code unit at every depth and leaves arrays alone", () => {
  assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: undefined, B: null }), '{"B":null,"b":[{"c":2,"d":1}]}');
  assert.deepEqual(["ä", "a", "B", "z"].sort(compareBytes), ["B", "a", "z", "ä"]);
});
