import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isEngineError } from "@apkmill/core";
import { compilePolicy, type SignerPolicy } from "./policy.ts";

const signer = {
  identity: "https://github.com/acme/img/.github/workflows/build.yml@refs/tags/v1",
  issuer: "https://token.actions.githubusercontent.com",
  sourceRepository: "https://github.com/acme/img",
};
const issuer = { certificateOidcIssuer: signer.issuer };

describe("a policy", () => {
  const accepting: readonly [string, SignerPolicy][] = [
    ["the exact identity", { ...issuer, certificateIdentity: signer.identity }],
    ["a pattern for it", { ...issuer, certificateIdentityRegexp: "^https://github\\.com/acme/img/" }],
    [
      "a pattern for the issuer",
      { certificateIdentity: signer.identity, certificateOidcIssuerRegexp: "githubusercontent\\.com$" },
    ],
    ["the source repository", { ...issuer, sourceRepository: "https://github.com/acme/img" }],
    ["its short form", { ...issuer, sourceRepository: "acme/img" }],
    ["its clone address", { ...issuer, sourceRepository: "https://github.com/Acme/img.git" }],
  ];
  for (const [what, policy] of accepting) {
    test(`accepts ${what}`, () => {
      assert.equal(compilePolicy(policy)(signer), undefined);
    });
  }

  const objecting: readonly [SignerPolicy, RegExp][] = [
    [{ ...issuer, certificateIdentity: signer.identity.slice(0, -1) }, /^expected the signer to be .*v, found .*v1$/],
    [{ ...issuer, certificateIdentityRegexp: "^https://github\\.com/other/" }, /^expected the signer to be like/],
    [
      { certificateIdentity: signer.identity, certificateOidcIssuer: "https://evil.example" },
      /^expected the issuer to be/,
    ],
    [
      { ...issuer, sourceRepository: "acme/img2" },
      /^expected the source repository to be https:\/\/github.com\/acme\/img2, found/,
    ],
  ];
  for (const [policy, sentence] of objecting) {
    test(`says ${String(sentence)}`, () => {
      assert.match(compilePolicy(policy)(signer) ?? "", sentence);
    });
  }

  test("does not accept a signer without a source repository where one is wanted", () => {
    const objection = compilePolicy({ ...issuer, sourceRepository: "acme/img" })({
      identity: "x",
      issuer: signer.issuer,
    });
    assert.match(objection ?? "", /found no source repository$/);
  });

  const refused: readonly SignerPolicy[] = [
    {},
    { certificateIdentity: "x" },
    { ...issuer },
    { ...issuer, certificateIdentity: "x", certificateIdentityRegexp: "x" },
    { ...issuer, certificateIdentityRegexp: "(" },
  ];
  for (const policy of refused) {
    test(`is not ${JSON.stringify(policy)}`, () => {
      assert.throws(
        () => compilePolicy(policy),
        (error: unknown) => isEngineError(error) && error.code === "PUBLISH_OPTIONS",
      );
    });
  }
});
