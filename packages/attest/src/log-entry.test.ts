import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { requireLoggedBy } from "./log-entry.ts";
import type { ParsedBundle } from "./read-bundle.ts";
import { codeOf } from "./testing/refusals.ts";

const [own, other] = [0, 1].map(() => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);
if (own === undefined || other === undefined) throw new RangeError("two keys are made above");

const pem = Buffer.from(own.export({ type: "spki", format: "pem" })).toString("base64");
const rawBytes = own.export({ type: "spki", format: "der" }).toString("base64");

/** A bundle with nothing but a log entry. */
const bundleOf = (...specs: readonly unknown[]): ParsedBundle =>
  ({
    verificationMaterial: {
      tlogEntries: specs.map((spec) => ({ canonicalizedBody: Buffer.from(JSON.stringify({ spec })) })),
    },
  }) as unknown as ParsedBundle;

describe("a log entry", () => {
  const bodies: readonly [string, unknown][] = [
    ["hashedrekord 0.0.1", { signature: { publicKey: { content: pem } } }],
    ["hashedrekord 0.0.2", { hashedRekordV002: { signature: { verifier: { publicKey: { rawBytes } } } } }],
    ["dsse 0.0.1", { signatures: [{ verifier: pem }] }],
    ["dsse 0.0.2", { dsseV002: { signatures: [{ verifier: { publicKey: { rawBytes } } }] } }],
    ["intoto 0.0.2", { content: { envelope: { signatures: [{ publicKey: pem }] } } }],
  ];
  for (const [kind, spec] of bodies) {
    test(`of kind ${kind} names the signer's key, and no other will do`, async () => {
      requireLoggedBy(bundleOf(spec), own);
      assert.equal(await codeOf(() => requireLoggedBy(bundleOf(spec), other)), "ATTEST_TLOG");
    });
  }

  test("without a key, with two, or with one that cannot be read is refused", async () => {
    const [, good] = bodies[2] ?? [];
    for (const spec of [
      {},
      { signatures: [{ verifier: pem }, { verifier: pem }] },
      { signatures: [{ verifier: "AAAA" }] },
    ]) {
      assert.equal(await codeOf(() => requireLoggedBy(bundleOf(good, spec), own)), "ATTEST_TLOG");
    }
  });

  test("need not be there", () => {
    requireLoggedBy(bundleOf(), own);
  });
});
