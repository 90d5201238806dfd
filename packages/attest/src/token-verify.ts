import { createPublicKey, verify, type JsonWebKey, type KeyObject } from "node:crypto";
import { requireStatus, type Ports } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import { decodeToken, type DecodedToken } from "./token-decode.ts";

/**
 * Is a token what its issuer signed, for this audience, now? The keys come from the issuer's discovery document
 * (OpenID Connect Discovery 1.0 §4). Whether the issuer is one to believe is decided by who reads the result:
 * signing refuses a certificate whose issuer or name differs from what the provenance says.
 */

type VerifyPorts = Pick<Ports, "http" | "limits" | "now">;
type Claims = Readonly<Record<string, unknown>>;

const maxDocumentBytes = 1024 * 1024;
/** Between our clock and the issuer's. */
const leewaySeconds = 60;

/** The claims of a token that verifies. @throws AttestError ATTEST_TOKEN · CoreError HTTP_* */
export async function verifyToken(ports: VerifyPorts, token: string, audience: string): Promise<Claims> {
  const decoded = decodeToken(token, "the workflow's token");
  const { claims } = decoded;
  const issuer = requireIssuer(claims["iss"]);
  const key = await fetchKey(ports, issuer, decoded);
  if (!verifies(decoded, key)) throw refused("its issuer's signature", "another");
  if (![claims["aud"]].flat().includes(audience)) throw refused(`the audience ${audience}`, "another");
  const { exp, nbf } = claims;
  if (typeof exp !== "number" || exp < ports.now() - leewaySeconds) throw refused("it to be valid now", "it expired");
  if (typeof nbf === "number" && nbf > ports.now() + leewaySeconds)
    throw refused("it to be valid now", "it is not yet");
  return claims;
}

function requireIssuer(issuer: unknown): string {
  const address = typeof issuer === "string" ? URL.parse(issuer) : null;
  const loopback = address?.hostname === "127.0.0.1" || address?.hostname === "[::1]";
  // Keys that came over a line that others write to would verify anything.
  if (address?.protocol === "https:" || (address?.protocol === "http:" && loopback)) return String(issuer);
  throw refused("an issuer with an https address", "another");
}

async function fetchKey(ports: VerifyPorts, issuer: string, { header }: DecodedToken): Promise<KeyObject> {
  const discovery = await fetchObject(ports, `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (discovery["issuer"] !== issuer) throw refused("the issuer to describe itself", "it describes another");
  const { keys } = await fetchObject(ports, requireIssuer(discovery["jwks_uri"]));
  const found = (Array.isArray(keys) ? (keys as unknown[]) : [])
    .filter(isKey)
    .find((key) => key["kid"] === header["kid"]);
  if (found === undefined) throw refused("a key that its issuer publishes", "an unknown one");
  try {
    return createPublicKey({ key: found, format: "jwk" });
  } catch (cause) {
    throw new AttestError("ATTEST_TOKEN", "verifying the token: the issuer's key cannot be read", { cause });
  }
}

function isKey(value: unknown): value is JsonWebKey {
  return typeof value === "object" && value !== null;
}

async function fetchObject({ http }: VerifyPorts, url: string): Promise<Record<string, unknown>> {
  const response = await requireStatus(await http.request(url), `fetching ${url}`, 200);
  const text = (await response.bytes(maxDocumentBytes)).toString("utf8");
  const value = parseJson(text);
  if (typeof value === "object" && value !== null) return { ...value };
  throw refused("the issuer to publish its keys", "another document");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RS256 and ES256 are what OpenID providers sign with; `none` and shared secrets are no signatures. */
function verifies({ header, signed, signature }: DecodedToken, key: KeyObject): boolean {
  switch (header["alg"]) {
    case "RS256":
      return key.asymmetricKeyType === "rsa" && verify("sha256", signed, key, signature);
    case "ES256":
      return key.asymmetricKeyType === "ec" && verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature);
    default:
      return false;
  }
}

function refused(expected: string, found: string): AttestError {
  return new AttestError("ATTEST_TOKEN", `verifying the workflow's token: expected ${expected}, found ${found}`, {
    kind: "remote",
  });
}
