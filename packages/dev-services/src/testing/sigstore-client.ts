import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";

/**
 * A client of sigstore's services that knows nothing but their addresses and the public protocols: what is asserted
 * through it of our services holds of the public ones too.
 */
export interface SigstoreUnderTest {
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  readonly tsaUrl: string;
  readonly oidcUrl: string;
  /** A token for the audience `sigstore`; claims may be replaced where the services are ours. */
  issueToken(claims?: Readonly<Record<string, unknown>>): string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

export type Json = { readonly [name: string]: Json | undefined } & { readonly [position: number]: Json | undefined };

/** The JSON of an answer. */
export function parse({ bytes }: Reply): Json {
  return JSON.parse(bytes.toString("utf8")) as Json;
}

export async function post(url: string, body: unknown, contentType = "application/json"): Promise<Reply> {
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  const answer = await fetch(url, { method: "POST", headers: { "content-type": contentType }, body: bytes });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** A fresh key and the request that asks for its certificate; `proves` is what the key signs. */
export function certificateRequest(
  token: string,
  proves: string,
): { readonly request: unknown; readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const proofOfPossession = sign("sha256", Buffer.from(proves), privateKey).toString("base64");
  const content = publicKey.export({ type: "spki", format: "pem" });
  const request = {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: { publicKey: { algorithm: "ECDSA", content }, proofOfPossession },
  };
  return { request, privateKey, publicKey };
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<string, unknown>;
}

/** A certificate for the bearer of a token: leaf first, DER. */
export async function fetchCertificate(
  services: SigstoreUnderTest,
  token: string,
): Promise<{ readonly chain: readonly Buffer[]; readonly privateKey: KeyObject }> {
  const { email, sub } = claimsOf(token);
  const { request, privateKey } = certificateRequest(token, String(email ?? sub));
  const reply = await post(`${services.fulcioUrl}/api/v2/signingCert`, request);
  const pems = (parse(reply)["signedCertificateEmbeddedSct"]?.["chain"]?.["certificates"] ?? []) as unknown as string[];
  return { chain: pems.map((pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64")), privateKey };
}

/** The request that logs a signature over `bytes`. */
export function hashedRekordRequest(bytes: Uint8Array, privateKey: KeyObject, certificate: Buffer): Json {
  const request = {
    hashedRekordRequestV002: {
      digest: createHash("sha256").update(bytes).digest("base64"),
      signature: {
        content: sign("sha256", bytes, privateKey).toString("base64"),
        verifier: {
          keyDetails: "PKIX_ECDSA_P256_SHA_256",
          x509Certificate: { rawBytes: certificate.toString("base64") },
        },
      },
    },
  };
  return request as unknown as Json;
}

/** A bundle of a message signature over `message`, made with every service. */
export async function makeBundle(services: SigstoreUnderTest, message: Buffer): Promise<unknown> {
  const { chain, privateKey } = await fetchCertificate(services, services.issueToken());
  const certificate = chain[0] ?? Buffer.alloc(0);
  const request = hashedRekordRequest(message, privateKey, certificate);
  const entry = parse(await post(`${services.rekorUrl}/api/v2/log/entries`, request));
  const content = request["hashedRekordRequestV002"]?.["signature"]?.["content"] as unknown as string;
  const artifactHash = createHash("sha256").update(Buffer.from(content, "base64")).digest("base64");
  const timestamp = await post(services.tsaUrl, { artifactHash, hashAlgorithm: "sha256" });
  return {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: {
      certificate: { rawBytes: certificate.toString("base64") },
      tlogEntries: [entry],
      timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: timestamp.bytes.toString("base64") }] },
    },
    messageSignature: {
      messageDigest: { algorithm: "SHA2_256", digest: createHash("sha256").update(message).digest("base64") },
      signature: content,
    },
  };
}
