import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseCertificate } from "./certificate.ts";
import { formatOid, readDer } from "./der.ts";
import { corpora, withoutCorpus } from "./testing/corpora.ts";
import { codeOf } from "./testing/refusals.ts";

const file = join(corpora, "sigstore-conformance", "rekor2-dsse-happy-path", "bundle.sigstore.json");

describe("a public certificate", { skip: withoutCorpus("sigstore-conformance") }, () => {
  const bundle = existsSync(file) ? readFileSync(file, "utf8") : "{}";
  const { verificationMaterial: material } = JSON.parse(bundle) as {
    verificationMaterial?: { certificate: { rawBytes: string } };
  };
  const der = Buffer.from(material?.certificate.rawBytes ?? "", "base64");

  test("says who signed", () => {
    const { signer, hasSct, notBefore, notAfter } = parseCertificate(der);
    const beacon = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon";
    assert.equal(signer.identity, `${beacon}/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main`);
    assert.equal(signer.issuer, "https://token.actions.githubusercontent.com");
    assert.equal(signer.sourceRepository, beacon);
    assert.equal(signer.extensions["sourceRepositoryIdentifier"], "632596897");
    assert.equal(signer.extensions["runnerEnvironment"], "github-hosted");
    assert.equal(Object.keys(signer.extensions).length, 14);
    assert.ok(hasSct);
    assert.equal(notAfter - notBefore, 600);
  });

  test("that is cut short is refused", async () => {
    for (let length = 0; length < der.byteLength; length += 97) {
      assert.equal(await codeOf(() => parseCertificate(der.subarray(0, length))), "ATTEST_CERTIFICATE");
    }
  });
});

describe("DER", () => {
  const oids: readonly [string, string][] = [
    ["551d11", "2.5.29.17"],
    ["2b0601040183bf300108", "1.3.6.1.4.1.57264.1.8"],
    ["2a864886f70d010702", "1.2.840.113549.1.7.2"],
    ["8837", "2.999"],
  ];
  for (const [hex, dotted] of oids) {
    test(`names ${dotted}`, () => {
      assert.equal(formatOid({ tag: 6, content: Buffer.from(hex, "hex") }), dotted);
    });
  }

  for (const hex of ["30", "3001", "3080", "308101ff", "30820001", "3085000000000100"]) {
    test(`is not ${hex}`, async () => {
      assert.equal(await codeOf(() => readDer(Buffer.from(hex, "hex"))), "ATTEST_CERTIFICATE");
    });
  }
});
