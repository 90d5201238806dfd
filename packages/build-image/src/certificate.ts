import { X509Certificate } from "node:crypto";
import { digestOf, hexOf } from "@apkmill/core";
import { ImageError } from "./image-error.ts";

/** A certificate in the forms in which an image needs it. */
export interface Certificate {
  /** PEM as OpenSSL writes it, ended by a line break. */
  readonly pem: string;
  readonly der: Uint8Array;
  /** SHA-256 of `der`, 64 hex digits. */
  readonly fingerprint: string;
}

/**
 * Exactly one certificate, and nothing else in PEM beside it: a private key here would be published.
 * @throws ImageError IMAGE_CERTIFICATE naming `name`
 */
export function parseCertificate(name: string, content: string): Certificate {
  const labels = [...content.matchAll(/-----BEGIN ([^-\r\n]*)-----/g)].map(([, label = ""]) => label);
  const other = labels.find((label) => label !== "CERTIFICATE");
  if (labels.length === 0) throw refusal(name, "no certificate in PEM");
  if (other !== undefined) throw refusal(name, `a PEM block of ${JSON.stringify(other.slice(0, 50))}`);
  if (labels.length > 1) throw refusal(name, `${String(labels.length)} certificates`);
  return parseBlock(name, content);
}

/** The certificates of a package's file, among which other text may stand. @throws ImageError IMAGE_CERTIFICATE */
export function parseCertificates(path: string, text: string): Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => parseBlock(path, block));
}

function parseBlock(name: string, content: string): Certificate {
  const [, body = ""] = /-----BEGIN CERTIFICATE-----\s([^-]+)-----END CERTIFICATE-----/.exec(content) ?? [];
  const certificate = parsed(body.replace(/\s/g, ""));
  if (certificate === undefined) throw refusal(name, "what is none or is damaged");
  return {
    pem: certificate.toString(),
    der: certificate.raw,
    fingerprint: hexOf(digestOf(certificate.raw)),
  };
}

/** Read from its bytes: OpenSSL's reader of PEM passes over what follows the certificate inside a block. */
function parsed(base64: string): X509Certificate | undefined {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) return undefined;
  try {
    const certificate = new X509Certificate(bytes);
    return certificate.raw.equals(bytes) ? certificate : undefined;
  } catch {
    // Whatever OpenSSL says about it names none of our keys.
    return undefined;
  }
}

function refusal(name: string, found: string): ImageError {
  return new ImageError("IMAGE_CERTIFICATE", `certificate ${name}: expected one CERTIFICATE in PEM, found ${found}`, {
    hint: "give each certificate an entry of its own, beginning with -----BEGIN CERTIFICATE-----",
  });
}
