import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { json, parseJson, problem, textAt } from "./json-answers.ts";
import type { Answer } from "./loopback.ts";
import { identifyBearer } from "./fulcio-identity.ts";
import { issueSct } from "./fulcio-sct.ts";
import { readToken, type TokenIssuer } from "./oidc.ts";
import {
  authorityKeyId,
  encodeUnsigned,
  extendedKeyUsage,
  keyUsage,
  oids,
  prepareCertificate,
  signCertificate,
  subjectKeyId,
  toPem,
  type Authority,
} from "./x509.ts";

/** Fulcio v2: an identity token and a proof of possession → a certificate of ten minutes. */
export interface CertificateAuthority {
  readonly tokens: TokenIssuer;
  readonly intermediate: Authority;
  /** Issuing certificate first, root last. */
  readonly chain: readonly Buffer[];
  readonly certificateLog: Pick<Authority, "privateKey" | "publicKey">;
}

const lifetimeSeconds = 600;

/**
 * `POST /api/v2/signingCert`; `now` in seconds since the epoch. The token stands in the request, as sigstore-js sends it,
 * or in the `authorization` header, as sigstore-go does.
 */
export function answerSigningRequest(
  authority: CertificateAuthority,
  body: Buffer,
  authorization: string,
  now: number,
): Answer {
  const request = parseJson(body);
  const token = textAt(request, "credentials", "oidcIdentityToken") || authorization.replace(/^bearer /i, "");
  const claims = readToken(authority.tokens, token, "sigstore");
  if (claims === undefined) return problem(401, 16, "There was an error processing the identity token");
  const bearer = identifyBearer(claims);
  if (bearer === undefined) return problem(401, 16, "There was an error processing the identity token");
  const key = readKey(textAt(request, "publicKeyRequest", "publicKey", "content"));
  if (key === undefined) return problem(400, 3, "The public key supplied in the request could not be parsed");
  const proof = Buffer.from(textAt(request, "publicKeyRequest", "proofOfPossession"), "base64");
  if (!verify("sha256", Buffer.from(bearer.proofSubject), key, proof)) {
    return problem(400, 3, "The signature supplied in the request could not be verified");
  }
  const leaf = issueLeaf(authority, key, bearer.extensions, now);
  const certificates = [leaf, ...authority.chain].map(toPem);
  return json(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
}

/** `GET /api/v2/trustBundle` */
export function describeTrustBundle({ chain }: CertificateAuthority): Answer {
  return json(200, { chains: [{ certificates: chain.map(toPem) }] });
}

/** `GET /api/v2/configuration` */
export function describeConfiguration({ tokens }: CertificateAuthority): Answer {
  const issuer = { issuerUrl: tokens.issuer, audience: "sigstore", challengeClaim: "sub" };
  return json(200, { issuers: [issuer] });
}

function issueLeaf(
  { intermediate, certificateLog }: CertificateAuthority,
  publicKey: KeyObject,
  identity: readonly Buffer[],
  now: number,
): Buffer {
  const prepared = prepareCertificate({
    publicKey,
    notBefore: Math.floor(now),
    notAfter: Math.floor(now) + lifetimeSeconds,
    issuer: intermediate,
    extensions: [
      keyUsage(0x80, 7),
      extendedKeyUsage(oids.codeSigning),
      subjectKeyId(publicKey),
      authorityKeyId(intermediate.publicKey),
      ...identity,
    ],
  });
  const promise = issueSct(certificateLog, intermediate, encodeUnsigned(prepared), now);
  return signCertificate(encodeUnsigned(prepared, promise), intermediate.privateKey);
}

function readKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "ec" ? key : undefined;
  } catch {
    return undefined;
  }
}
