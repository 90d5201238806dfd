import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isEngineError } from "@apkmill/core";
import { compilePolicy, type CertificatePolicy } from "./policy.ts";

const signer = {
  identity: "https://github.com/acme/img/.github/workflows/build.yml@refs/tags/v1",
  issuer: "https://token.actions.githubusercontent.com",
  sourceRepository: "https://github.com/acme/img",
  extensions: {},
};
const issuer = { certificateOidcIssuer: signer.issuer };

describe("a policy", () => {
  const accepting: readonly [string, CertificatePolicy][] = [
    ["the exact identity", { ...issuer, certificateIdentity: signer.identity }],
    ["a pattern for it", { ...issuer, certificateIdentityRegexp: "^https://github\\.com/acme/img/" }],
    [
      "a pattern for the issuer",
      { certificateIdentity: signer.identity, certificateOidcIssuerRegexp: "githubusercontent\\.com$" },
    ],
    ["the source repository", { ...issuer, sourceRepository: "https://github.com/acme/img" }],
    ["its short form", { ...issuer, sourceRepository: "acme/img" }],
  ];
  for (const [what, policy] of accepting) {
    test(`accepts ${what}`, () => {
      assert.equal(compilePolicy(policy)(signer), undefined);
    });
  }

  const objecting: readonly [CertificatePolicy, string][] = [
    [{ ...issuer, certificateIdentity: signer.identity.slice(0, -1) }, "ATTEST_IDENTITY"],
    [{ ...issuer, certificateIdentityRegexp: "^https://github\\.com/other/" }, "ATTEST_IDENTITY"],
    [{ certificateIdentity: signer.identity, certificateOidcIssuer: "https://evil.example" }, "ATTEST_ISSUER"],
    [{ ...issuer, sourceRepository: "acme/img2" }, "ATTEST_SOURCE"],
  ];
  for (const [policy, code] of objecting) {
    test(`objects with ${code} to ${JSON.stringify(policy)}`, () => {
      assert.equal(compilePolicy(policy)(signer)?.code, code);
    });
  }

  const refused: readonly [CertificatePolicy, string][] = [
    [{}, "PUBLISH_OPTIONS"],
    [{ certificateIdentity: "x" }, "PUBLISH_OPTIONS"],
    [{ ...issuer }, "PUBLISH_OPTIONS"],
    [{ ...issuer, certificateIdentity: "x", certificateIdentityRegexp: "x" }, "PUBLISH_OPTIONS"],
    [{ ...issuer, certificateIdentityRegexp: "(" }, "ATTEST_POLICY"],
  ];
  for (const [policy, code] of refused) {
    test(`is not ${JSON.stringify(policy)}`, () => {
      assert.throws(
        () => compilePolicy(policy),
        (error: unknown) => isEngineError(error) && error.code === code,
      );
    });
  }
});
