import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { loadShippedTrustRoot, parseTrustRoot, type TrustRoot } from "./trust-root.ts";
import { corpora, withoutCorpus } from "./testing/corpora.ts";
import { verifyArtifactBundle } from "./verify-artifact.ts";

const folder = join(corpora, "sigstore-conformance");
const workflow =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";

/** Why each case is refused: the name without `_fail`, and the code. A case that is new must be refused for some reason. */
const reasons: Readonly<Record<string, string>> = {
  "bundle-empty-certificate-chain": "ATTEST_BUNDLE_FORMAT",
  "bundle-from-wrong-instance": "ATTEST_CERTIFICATE",
  "bundle-invalid-base64-signature": "ATTEST_TLOG",
  "bundle-malformed-json": "ATTEST_BUNDLE_FORMAT",
  "bundle-unknown-version": "ATTEST_BUNDLE_FORMAT",
  "checkpoint-bad-keyhint": "ATTEST_TLOG",
  "dsse-invalid-sig": "ATTEST_TLOG",
  "dsse-mismatch-envelope": "ATTEST_TLOG",
  "dsse-mismatch-sig": "ATTEST_TLOG",
  "inclusion-proof-corrupted-hash": "ATTEST_TLOG",
  "intoto-expired-certificate": "ATTEST_CERTIFICATE",
  "intoto-log-entry-mismatch": "ATTEST_TLOG",
  "intoto-missing-inclusion-proof": "ATTEST_BUNDLE_FORMAT",
  "intoto-tsa-timestamp-outside-cert-validity": "ATTEST_CERTIFICATE",
  "invalid-ct-key": "ATTEST_CERTIFICATE",
  "managed-key-no-key": "ATTEST_KEY",
  "managed-key-wrong-key": "ATTEST_KEY",
  "rekor2-checkpoint-missing-log-signature": "ATTEST_TLOG",
  "rekor2-checkpoint-missing-origin": "ATTEST_TLOG",
  "rekor2-checkpoint-missing-root-hash": "ATTEST_TLOG",
  "rekor2-dsse-invalid-sig": "ATTEST_TLOG",
  "rekor2-dsse-mismatch-envelope": "ATTEST_TLOG",
  "rekor2-no-inclusion-proof": "ATTEST_BUNDLE_FORMAT",
  "rekor2-no-timestamp": "ATTEST_TIMESTAMP",
  "rekor2-timestamp-outside-trust-root-tsa-validity": "ATTEST_TIMESTAMP",
  "rekor2-timestamp-outside-tsa-cert-validity": "ATTEST_TIMESTAMP",
  "rekor2-timestamp-untrusted-tsa-without-embedded-cert": "ATTEST_TIMESTAMP",
  "set-invalid-signature": "ATTEST_TLOG",
  "trust-root-tlog-missing-validity-start": "ATTEST_TRUST_ROOT",
  "wrong-hashedrekord-artifact": "ATTEST_TLOG",
  "wrong-hashedrekord-cert-and-sig": "ATTEST_TLOG",
  "wrong-hashedrekord-entry": "ATTEST_TLOG",
};

async function verifyCase(name: string): Promise<void> {
  const file = (part: string): string => join(folder, name, part);
  const text = (part: string, fallback: string): string =>
    existsSync(file(part)) ? readFileSync(file(part), "utf8").trim() : fallback;
  const trustRoot: TrustRoot = existsSync(file("trusted_root.json"))
    ? parseTrustRoot(readFileSync(file("trusted_root.json"), "utf8"), name)
    : await loadShippedTrustRoot();
  const policy = {
    identity: text("identity", workflow),
    issuer: text("issuer", "https://token.actions.githubusercontent.com"),
  };
  await verifyArtifactBundle(
    readFileSync(file("bundle.sigstore.json")),
    existsSync(file("artifact")) ? file("artifact") : join(folder, "a.txt"),
    {
      trustRoot,
      limits: defaultLimits,
      signedBy: existsSync(file("key.pub")) ? { keyFile: file("key.pub") } : { policy },
    },
  );
}

describe("the public bundle verification cases", { skip: withoutCorpus("sigstore-conformance") }, () => {
  const cases = (existsSync(folder) ? readdirSync(folder) : []).filter((name) =>
    existsSync(join(folder, name, "bundle.sigstore.json")),
  );

  test("are all there", () => {
    assert.ok(cases.length >= 48);
  });

  for (const name of cases.filter((one) => !one.endsWith("_fail"))) {
    test(`accepts ${name}`, () => verifyCase(name));
  }
  for (const name of cases.filter((one) => one.endsWith("_fail"))) {
    test(`refuses ${name}`, async () => {
      const error: unknown = await verifyCase(name).catch((caught: unknown) => caught);
      assert.ok(isEngineError(error), `expected a coded refusal, found ${String(error)}`);
      assert.match(error.code, /^ATTEST_/);
      assert.equal(error.code, reasons[name.slice(0, -"_fail".length)] ?? error.code);
    });
  }
});
