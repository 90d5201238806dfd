import { createHash, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { octetString, utf8String } from "./der.ts";
import type { Answer } from "./loopback.ts";
import { json, type Claims, type Oidc } from "./oidc.ts";
import type { KeyPair } from "./sigstore-keys.ts";
import {
  authorityKeyId,
  certificateAuthority,
  describeCertificate,
  extendedKeyUsage,
  keyUsage,
  signCertificate,
  subjectAlternativeName,
  subjectKeyId,
  toPem,
  type Extension,
} from "./x509.ts";

/**
 * A certificate authority for keyless signing: it turns an identity token and the proof that somebody holds a key into a certificate of
 * ten minutes. Source of the protocol and of the extensions: Fulcio's `docs/oid-info.md` and its v2 interface.
 */
export interface Fulcio {
  readonly root: Buffer;
  sign(body: Buffer): Answer;
  trustBundle(): Answer;
}

const name = "apkmill dev certificate authority";
const lifetimeSeconds = 600;

export function createFulcio(key: KeyPair, ctLog: KeyPair, oidc: Oidc, now: () => number, root: Buffer): Fulcio {
  return {
    root,
    sign: (body) => answer(body, key, ctLog, oidc, now, root),
    trustBundle: () => json(200, { chains: [{ certificates: [toPem("CERTIFICATE", root)] }] }),
  };
}

/** The self-signed certificate of the authority, valid from `notBefore` for ten years. */
export function makeRoot(key: KeyPair, notBefore: number): Buffer {
  const extensions = [keyUsage("keyCertSign"), certificateAuthority(), subjectKeyId(key.spki)];
  const validity = { notBefore, notAfter: notBefore + 10 * 365 * 86_400 };
  return signCertificate(
    describeCertificate({ subject: name, issuer: name, publicKey: key.spki, ...validity, extensions }),
    key.privateKey,
  );
}

interface SigningRequest {
  readonly credentials?: { readonly oidcIdentityToken?: string };
  readonly publicKeyRequest?: {
    readonly publicKey?: { readonly content?: string };
    readonly proofOfPossession?: string;
  };
}

function answer(body: Buffer, key: KeyPair, ctLog: KeyPair, oidc: Oidc, now: () => number, root: Buffer): Answer {
  const request = JSON.parse(body.toString("utf8")) as SigningRequest;
  let claims: Claims;
  try {
    claims = oidc.check(request.credentials?.oidcIdentityToken ?? "", "sigstore");
  } catch (error) {
    return json(401, {
      code: 16,
      message: `There was an error processing the identity token: ${error instanceof Error ? error.message : ""}`,
    });
  }
  const publicKey = createPublicKey(request.publicKeyRequest?.publicKey?.content ?? "");
  const proof = Buffer.from(request.publicKeyRequest?.proofOfPossession ?? "", "base64");
  const challenge = String(claims["email"] ?? claims["sub"]);
  if (!verify("sha256", Buffer.from(challenge), publicKey, proof)) {
    return json(400, { code: 3, message: "The signature supplied in the request could not be verified" });
  }
  const leaf = issue(publicKey.export({ type: "spki", format: "der" }), claims, key, ctLog, now());
  const certificates = [leaf, root].map((der) => toPem("CERTIFICATE", der));
  return json(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
}

function issue(publicKey: Buffer, claims: Claims, key: KeyPair, ctLog: KeyPair, now: number): Buffer {
  const request = {
    issuer: name,
    publicKey,
    notBefore: now,
    notAfter: now + lifetimeSeconds,
    serial: serialOf(publicKey, now),
  };
  const extensions = [
    keyUsage("digitalSignature"),
    extendedKeyUsage("codeSigning"),
    subjectKeyId(publicKey),
    authorityKeyId(key.spki),
    identityOf(claims),
    ...describeClaims(claims),
  ];
  const withoutSct = describeCertificate({ ...request, extensions });
  const sct: Extension = {
    oid: "1.3.6.1.4.1.11129.2.4.2",
    value: octetString(timestampList(withoutSct, key, ctLog, now)),
  };
  return signCertificate(describeCertificate({ ...request, extensions: [...extensions, sct] }), key.privateKey);
}

/** Both descriptions of one certificate must agree, so the serial is derived rather than drawn. */
function serialOf(publicKey: Buffer, now: number): Buffer {
  const bytes = createHash("sha256").update(publicKey).update(String(now)).digest().subarray(0, 16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes);
}

/** A workflow's address, an e-mail address, or the subject as it is. */
function identityOf(claims: Claims): Extension {
  if (claims["job_workflow_ref"] !== undefined)
    return subjectAlternativeName("uri", `https://github.com/${String(claims["job_workflow_ref"])}`);
  if (claims["email"] !== undefined) return subjectAlternativeName("email", String(claims["email"]));
  return subjectAlternativeName("uri", String(claims["sub"]));
}

/** What the certificate says of the workflow: extension number below 1.3.6.1.4.1.57264.1 → claim. */
function describeClaims(claims: Claims): Extension[] {
  const text = (claim: string): string => String(claims[claim] ?? "");
  const github = (path: string): string => (path === "" ? "" : `https://github.com/${path}`);
  const run =
    text("run_id") === ""
      ? ""
      : `${github(text("repository"))}/actions/runs/${text("run_id")}/attempts/${text("run_attempt")}`;
  const values: readonly (readonly [number, string])[] = [
    [8, text("iss")],
    [9, github(text("job_workflow_ref"))],
    [10, text("job_workflow_sha")],
    [11, text("runner_environment")],
    [12, github(text("repository"))],
    [13, text("sha")],
    [14, text("ref")],
    [15, text("repository_id")],
    [16, github(text("repository_owner"))],
    [17, text("repository_owner_id")],
    [18, github(text("workflow_ref"))],
    [19, text("workflow_sha")],
    [20, text("event_name")],
    [21, run],
    [22, text("repository_visibility")],
  ];
  // The first extension is older than the rule that values are DER: it holds the bare text.
  const legacy: Extension = { oid: "1.3.6.1.4.1.57264.1.1", value: Buffer.from(text("iss")) };
  return [
    legacy,
    ...values
      .filter(([, value]) => value !== "")
      .map(([number, value]) => ({ oid: `1.3.6.1.4.1.57264.1.${String(number)}`, value: utf8String(value) })),
  ];
}

/** One signed certificate timestamp (RFC 6962 §3.2) over the certificate without it, as a TLS list. */
function timestampList(described: Buffer, issuer: KeyPair, log: KeyPair, now: number): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(now) * 1000n);
  const length = Buffer.alloc(3);
  length.writeUIntBE(described.length, 0, 3);
  const issuerHash = createHash("sha256").update(issuer.spki).digest();
  const signed = Buffer.concat([
    Buffer.from([0, 0]),
    time,
    Buffer.from([0, 1]),
    issuerHash,
    length,
    described,
    Buffer.from([0, 0]),
  ]);
  const signature = sign("sha256", signed, log.privateKey);
  const logId = createHash("sha256").update(log.spki).digest();
  const timestamp = Buffer.concat([
    Buffer.from([0]),
    logId,
    time,
    Buffer.from([0, 0, 4, 3]),
    uint16(signature.length),
    signature,
  ]);
  const entry = Buffer.concat([uint16(timestamp.length), timestamp]);
  return Buffer.concat([uint16(entry.length), entry]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** The public key of a certificate, as SubjectPublicKeyInfo. */
export function publicKeyOf(certificate: Uint8Array): Buffer {
  return new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
}
