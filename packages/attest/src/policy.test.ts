import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePattern, requirePolicy, type SignerPolicy } from "./policy.ts";
import type { Signer } from "./signer.ts";
import { codeOf } from "./testing/refusals.ts";

const signer: Signer = {
  identity: "https://github.com/acme/ci/.github/workflows/factory.yml@refs/tags/v1",
  issuer: "https://token.actions.githubusercontent.com",
  sourceRepository: "https://github.com/acme/images",
  extensions: {},
};
const { identity, issuer } = signer;

describe("a policy", () => {
  const accepted: readonly SignerPolicy[] = [
    { identity, issuer },
    { identity: /^https:\/\/github\.com\/acme\//, issuer: /githubusercontent\.com$/ },
    { sourceRepository: "acme/images", issuer },
    { sourceRepository: "https://github.com/Acme/Images.git", issuer },
    { identity, issuer, sourceRepository: "https://github.com/acme/images/" },
  ];
  for (const policy of accepted) {
    test(`accepts its signer: ${Object.values(policy).map(String).join(" ")}`, () => {
      requirePolicy(policy, signer);
    });
  }

  const refused: readonly [string, SignerPolicy][] = [
    ["ATTEST_IDENTITY", { identity: identity.slice(0, -1), issuer }],
    ["ATTEST_IDENTITY", { identity: "https://github.com/acme/", issuer }],
    ["ATTEST_IDENTITY", { identity: /^acme/, issuer }],
    ["ATTEST_ISSUER", { identity, issuer: `${issuer}.example` }],
    ["ATTEST_SOURCE", { identity, issuer, sourceRepository: "acme/image" }],
    ["ATTEST_SOURCE", { issuer, sourceRepository: "https://gitlab.com/acme/images" }],
    ["ATTEST_POLICY", { issuer }],
  ];
  for (const [code, policy] of refused) {
    test(`refuses with ${code}: ${Object.values(policy).map(String).join(" ")}`, async () => {
      assert.equal(await codeOf(() => requirePolicy(policy, signer)), code);
    });
  }

  test("on the source repository refuses a signer who has none", async () => {
    const person: Signer = { identity: "dev@example.test", issuer, extensions: {} };
    assert.equal(
      await codeOf(() => requirePolicy({ sourceRepository: "acme/images", issuer }, person)),
      "ATTEST_SOURCE",
    );
  });

  test("with a global pattern gives the same answer twice", () => {
    const policy = { identity: /acme/g, issuer };
    requirePolicy(policy, signer);
    requirePolicy(policy, signer);
  });

  test("has patterns that are patterns", async () => {
    assert.equal(await codeOf(() => parsePattern("(")), "ATTEST_POLICY");
    assert.ok(parsePattern("^a").test("abc"));
  });
});
