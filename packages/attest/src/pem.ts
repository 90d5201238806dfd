import { AttestError } from "./attest-error.ts";

/** DER → the text form of a certificate, with a newline at the end (RFC 7468). */
export function certificateToPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** The first block of a PEM text as DER. @throws AttestError ATTEST_CERTIFICATE */
export function pemToDer(pem: string): Buffer {
  const body = /-----BEGIN [A-Z0-9 ]+-----([^-]+)-----END/.exec(pem)?.[1];
  if (body === undefined) {
    throw new AttestError("ATTEST_CERTIFICATE", "reading a certificate or key: expected PEM, found something else");
  }
  return Buffer.from(body, "base64");
}
