import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, test } from "node:test";
import type { HttpClient, HttpResponse } from "@apkmill/core";
import { defaultLimits } from "@apkmill/core";
import { describeRefusal } from "./service-answers.ts";
import { codeOf } from "./testing/refusals.ts";
import { decodeToken, proofSubject } from "./token-decode.ts";
import { verifyToken } from "./token-verify.ts";

const issuer = "https://issuer.example";
const keys = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
};
type Algorithm = keyof typeof keys;

function makeToken(claims: object, alg: string = "RS256", by: Algorithm = "RS256"): string {
  const now = 1000;
  const standard = { iss: issuer, aud: "here", sub: "me", exp: now + 60, nbf: now };
  const signed = [
    { alg, kid: by },
    { ...standard, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(signed), { key: keys[by].privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

const documents: Readonly<Record<string, unknown>> = {
  [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/keys` },
  [`${issuer}/keys`]: {
    keys: Object.entries(keys).map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: "jwk" }), kid })),
  },
  "https://liar.example/.well-known/openid-configuration": { issuer, jwks_uri: `${issuer}/keys` },
  "https://plain.example/.well-known/openid-configuration": {
    issuer: "https://plain.example",
    jwks_uri: "http://plain.example/keys",
  },
};

/** A web of the documents above. */
const http: HttpClient = {
  close: () => undefined,
  request: (url) => {
    const found = documents[url];
    const bytes = Buffer.from(JSON.stringify(found ?? {}));
    return Promise.resolve({
      status: found === undefined ? 404 : 200,
      url,
      headers: {},
      bytes: () => Promise.resolve(bytes),
      drain: () => Promise.resolve(),
    } as unknown as HttpResponse);
  },
};
const ports = { http, limits: defaultLimits, now: () => 1000 };

describe("a token", () => {
  test("that its issuer signed gives its claims", async () => {
    assert.equal((await verifyToken(ports, makeToken({}), "here"))["sub"], "me");
    assert.equal((await verifyToken(ports, makeToken({ aud: ["x", "here"] }, "ES256", "ES256"), "here"))["sub"], "me");
  });

  const refused: readonly [string, string][] = [
    ["for another audience", makeToken({ aud: "there" })],
    ["that has expired", makeToken({ exp: 900 })],
    ["that never expires", makeToken({ exp: undefined })],
    ["that is not in force yet", makeToken({ nbf: 1100 })],
    ["without a signature", makeToken({}, "none")],
    ["signed with a secret", makeToken({}, "HS256")],
    ["that names one algorithm and uses another", makeToken({}, "ES256", "RS256")],
    ["whose claims were changed", makeToken({}).replace(/\.[^.]*\./, `.${btoa('{"iss":"https://issuer.example"}')}.`)],
    ["of an issuer that describes another", makeToken({ iss: "https://liar.example" })],
    ["of an issuer whose keys come unprotected", makeToken({ iss: "https://plain.example" })],
    ["of an unprotected issuer", makeToken({ iss: "http://issuer.example" })],
    ["of nobody", makeToken({ iss: undefined })],
    ["that is none", "a.b"],
  ];
  for (const [what, token] of refused) {
    test(`${what} is refused`, async () => {
      assert.equal(await codeOf(() => verifyToken(ports, token, "here")), "ATTEST_TOKEN");
    });
  }

  test("proves a verified e-mail address, otherwise its subject", async () => {
    const subjectOf = (claims: object): string => proofSubject(decodeToken(makeToken(claims), "a test"));
    assert.equal(subjectOf({ email: "dev@example.test", email_verified: true }), "dev@example.test");
    assert.equal(subjectOf({ email: "dev@example.test", email_verified: "true" }), "dev@example.test");
    assert.equal(subjectOf({ email: "dev@example.test", email_verified: false }), "me");
    assert.equal(await codeOf(() => subjectOf({ sub: "" })), "ATTEST_TOKEN");
  });

  test("is cut out of what a service says", () => {
    const message = `bad token ${makeToken({})}\nsecond line`;
    const told = describeRefusal(400, Buffer.from(JSON.stringify({ message })));
    assert.equal(told, "status 400 (bad token (token) second line)");
    assert.equal(describeRefusal(502, Buffer.from("<html>")), "status 502");
  });
});
