import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { codeOf } from "./testing/refusals.ts";
import { loadShippedTrustRoot, parseTrustRoot } from "./trust-root.ts";

const validFor = { start: "2024-01-01T00:00:00Z" };
const root = {
  mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  tlogs: [{ publicKey: { validFor } }],
  ctlogs: [{ publicKey: { validFor } }],
  certificateAuthorities: [{ validFor }],
  timestampAuthorities: [{ validFor }],
};

describe("a trust root", () => {
  test("is read", () => {
    assert.deepEqual(parseTrustRoot(JSON.stringify(root), "file"), { source: "file", value: root });
  });

  const malformed: readonly [string, unknown][] = [
    ["a log's key without a start", { ...root, tlogs: [{ publicKey: { validFor: {} } }] }],
    ["a certificate log's key without a validity", { ...root, ctlogs: [{ publicKey: {} }] }],
    ["an authority without a start", { ...root, certificateAuthorities: [{ validFor: { end: validFor.start } }] }],
    ["a start that is no date", { ...root, timestampAuthorities: [{ validFor: { start: "soon" } }] }],
    ["another document's type", { ...root, mediaType: "application/json" }],
    ["an object in place of a list", { ...root, tlogs: {} }],
    ["no object", []],
  ];
  for (const [what, value] of malformed) {
    test(`with ${what} is refused`, async () => {
      assert.equal(await codeOf(() => parseTrustRoot(JSON.stringify(value), "file")), "ATTEST_TRUST_ROOT");
    });
  }

  test("of the public-good instance comes with the program", async () => {
    const { value } = await loadShippedTrustRoot();
    const { tlogs } = value as { tlogs: readonly { readonly baseUrl: string }[] };
    assert.ok(tlogs.some(({ baseUrl }) => baseUrl === "https://rekor.sigstore.dev"));
  });
});
