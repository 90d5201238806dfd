import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import {
  certificateRequest,
  claimsOf,
  fetchCertificate,
  hashedRekordRequest,
  parse,
  post,
  type SigstoreUnderTest,
} from "./sigstore-client.ts";

/**
 * What any Fulcio, Rekor v2 and timestamp authority does, as black-box cases over their addresses: ours in the test beside
 * them, and the public ones wherever they can be reached and a token is at hand.
 */
export const sigstoreCases: readonly (readonly [string, (services: SigstoreUnderTest) => Promise<void>])[] = [
  [
    "the authority certifies the requester's key for minutes, with a name, an issuer and a promise of the log",
    async (services) => {
      const { chain, privateKey } = await fetchCertificate(services, services.issueToken());
      const leaf = new X509Certificate(chain[0] ?? Buffer.alloc(0));
      assert.ok(leaf.checkPrivateKey(privateKey));
      assert.equal(leaf.validToDate.getTime() - leaf.validFromDate.getTime(), 600_000);
      assert.equal(leaf.subject, undefined);
      assert.match(leaf.subjectAltName ?? "", /^(URI|email):/);
      assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.3"]);
      for (const [index, issuer] of chain.slice(1).entries()) {
        const issued = new X509Certificate(chain[index] ?? Buffer.alloc(0));
        assert.ok(issued.verify(new X509Certificate(issuer).publicKey));
      }
    },
  ],
  [
    "the authority refuses a key that the requester does not hold",
    async (services) => {
      const { request } = certificateRequest(services.issueToken(), "somebody else");
      assert.equal((await post(`${services.fulcioUrl}/api/v2/signingCert`, request)).status, 400);
    },
  ],
  [
    "the authority refuses a forged token",
    async (services) => {
      const token = `${services.issueToken().slice(0, -8)}AAAAAAAA`;
      const { request } = certificateRequest(token, String(claimsOf(token)["sub"]));
      assert.equal((await post(`${services.fulcioUrl}/api/v2/signingCert`, request)).status, 401);
    },
  ],
  [
    "the log answers with the canonical entry and a proof under its checkpoint",
    async (services) => {
      const { chain, privateKey } = await fetchCertificate(services, services.issueToken());
      const request = hashedRekordRequest(Buffer.from("logged"), privateKey, chain[0] ?? Buffer.alloc(0));
      const reply = await post(`${services.rekorUrl}/api/v2/log/entries`, request);
      assert.equal(reply.status, 201);
      const entry = parse(reply) as unknown as {
        canonicalizedBody: string;
        integratedTime?: string;
        kindVersion: unknown;
        inclusionProof: { treeSize: string; logIndex: string; rootHash: string; checkpoint: { envelope: string } };
      };
      const { digest, signature } = request["hashedRekordRequestV002"] ?? {};
      assert.deepEqual(JSON.parse(Buffer.from(entry.canonicalizedBody, "base64").toString("utf8")), {
        apiVersion: "0.0.2",
        kind: "hashedrekord",
        spec: { hashedRekordV002: { data: { algorithm: "SHA2_256", digest }, signature } },
      });
      assert.deepEqual(entry.kindVersion, { kind: "hashedrekord", version: "0.0.2" });
      assert.equal(entry.integratedTime ?? "0", "0");
      const [, size, root] = entry.inclusionProof.checkpoint.envelope.split("\n");
      assert.deepEqual([size, root], [entry.inclusionProof.treeSize, entry.inclusionProof.rootHash]);
    },
  ],
  [
    "the log refuses a signature over something else",
    async (services) => {
      const { chain, privateKey } = await fetchCertificate(services, services.issueToken());
      const request = hashedRekordRequest(Buffer.from("one"), privateKey, chain[0] ?? Buffer.alloc(0));
      const digest = createHash("sha256").update("another").digest("base64");
      const changed = { hashedRekordRequestV002: { ...request["hashedRekordRequestV002"], digest } };
      assert.equal((await post(`${services.rekorUrl}/api/v2/log/entries`, changed)).status, 400);
    },
  ],
  [
    "the log refuses envelopes",
    async ({ rekorUrl }) => {
      assert.equal((await post(`${rekorUrl}/api/v2/log/entries`, { dsseRequestV002: {} })).status, 400);
    },
  ],
  [
    "the log takes an entry once",
    async (services) => {
      const { chain, privateKey } = await fetchCertificate(services, services.issueToken());
      const request = hashedRekordRequest(Buffer.from("twice"), privateKey, chain[0] ?? Buffer.alloc(0));
      const statuses = [];
      for (let time = 0; time < 2; time += 1) {
        statuses.push((await post(`${services.rekorUrl}/api/v2/log/entries`, request)).status);
      }
      assert.deepEqual(statuses, [201, 409]);
    },
  ],
  [
    "the timestamp authority takes queries in JSON and refuses what is none",
    async ({ tsaUrl }) => {
      const artifactHash = createHash("sha256").update("stamped").digest("base64");
      const reply = await post(tsaUrl, { artifactHash, hashAlgorithm: "sha256" });
      assert.equal(reply.status, 201);
      assert.equal(reply.headers.get("content-type"), "application/timestamp-reply");
      assert.equal((await post(tsaUrl, Buffer.from("nonsense"), "application/timestamp-query")).status, 400);
    },
  ],
];
