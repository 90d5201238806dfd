import { AttestError } from "./attest-error.ts";

/** A JSON Web Token taken apart (RFC 7519, compact form). Nothing about it has been verified. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The bytes that the signature covers. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Token → its parts. The message names the place and never the token. @throws AttestError ATTEST_TOKEN */
export function decodeToken(token: string, place: string): DecodedToken {
  const [header, claims, signature, ...rest] = token.split(".");
  const parsed = [header, claims].map(parsePart);
  if (signature === undefined || rest.length > 0 || parsed[0] === undefined || parsed[1] === undefined) {
    throw new AttestError("ATTEST_TOKEN", `reading ${place}: expected an identity token (a JWT), found something else`);
  }
  return {
    header: parsed[0],
    claims: parsed[1],
    signed: Buffer.from(token.slice(0, token.lastIndexOf("."))),
    signature: Buffer.from(signature, "base64url"),
  };
}

/** The text that proves possession of a key to Fulcio: a verified e-mail address, otherwise the subject. */
export function proofSubject({ claims }: DecodedToken): string {
  const { email, email_verified: verified, sub } = claims;
  // Some issuers write the flag as text.
  if (typeof email === "string" && (verified === true || verified === "true")) return email;
  if (typeof sub === "string" && sub !== "") return sub;
  throw new AttestError("ATTEST_TOKEN", "reading the identity token: expected a subject, found none");
}

function parsePart(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
