import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { Ports } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import { parseCertificate, type CertificateFacts } from "./certificate.ts";
import { pemToDer } from "./pem.ts";
import { describeRefusal, parseAnswer } from "./service-answers.ts";
import { decodeToken, proofSubject } from "./token-decode.ts";

/**
 * A certificate for a key that nobody has seen before and that never leaves this process.
 * Source: Fulcio's `POST /api/v2/signingCert` (reference sigstore-oci §1.3).
 */
export interface SigningCertificate extends CertificateFacts {
  readonly pem: string;
  readonly privateKey: KeyObject;
}

type FulcioPorts = Pick<Ports, "http" | "limits">;

const maxAnswerBytes = 1024 * 1024;

/** Undefined when the authority does not accept the token. @throws AttestError ATTEST_FULCIO, ATTEST_CERTIFICATE */
export async function requestCertificate(
  ports: FulcioPorts,
  fulcioUrl: string,
  token: string,
): Promise<SigningCertificate | undefined> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const url = `${fulcioUrl.replace(/\/+$/, "")}/api/v2/signingCert`;
  const response = await ports.http.request(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: Buffer.from(JSON.stringify(describeRequest(token, publicKey, privateKey))),
  });
  const body = await response.bytes(maxAnswerBytes);
  if (response.status === 401) return undefined;
  if (response.status !== 200 && response.status !== 201) {
    throw refused(url, "a certificate", describeRefusal(response.status, body));
  }
  const certificate = { ...readChain(url, body), privateKey };
  requireOwn(url, certificate, publicKey, token);
  return certificate;
}

function describeRequest(token: string, publicKey: KeyObject, privateKey: KeyObject): unknown {
  const proof = sign("sha256", Buffer.from(proofSubject(decodeToken(token, "the identity token"))), privateKey);
  const content = publicKey.export({ type: "spki", format: "pem" });
  return {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: { publicKey: { algorithm: "ECDSA", content }, proofOfPossession: proof.toString("base64") },
  };
}

function readChain(url: string, body: Buffer): CertificateFacts & { readonly pem: string } {
  const answer = parseAnswer(body);
  const embedded = answer?.["signedCertificateEmbeddedSct"];
  const chain = field(field(embedded, "chain"), "certificates");
  const leaf: unknown = Array.isArray(chain) ? chain[0] : undefined;
  // A detached promise of the log (an older Fulcio) has no place in a bundle.
  if (typeof leaf !== "string") throw refused(url, "a certificate with an embedded SCT", "an answer without one");
  return { ...parseCertificate(pemToDer(leaf)), pem: leaf.trim() + "\n" };
}

/** A certificate for another key or person would be found out by every verifier; it is found out before it is used. */
function requireOwn(url: string, { publicKey, signer, hasSct }: CertificateFacts, own: KeyObject, token: string): void {
  if (!publicKey.equals(own)) throw refused(url, "a certificate for our key", "one for another key");
  if (!hasSct) throw refused(url, "a certificate with an SCT", "one without");
  const { claims } = decodeToken(token, "the identity token");
  // A federating provider vouches in another's name; the certificate then names that other.
  const federated = field(claims["federated_claims"], "connector_id");
  const expected = typeof federated === "string" ? federated : claims["iss"];
  if (signer.issuer !== expected) throw refused(url, `the issuer ${String(expected)}`, signer.issuer);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function refused(url: string, expected: string, found: string): AttestError {
  return new AttestError(
    "ATTEST_FULCIO",
    `requesting a certificate from ${url}: expected ${expected}, found ${found}`,
    {
      kind: "remote",
      context: { url },
    },
  );
}
