import { createHash, randomBytes, sign, type KeyObject } from "node:crypto";
import {
  bitString,
  boolean,
  certificateTime,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  utf8String,
} from "./der.ts";

/** X.509 certificates (RFC 5280), as far as a certificate authority for signers and timestamps needs them. ECDSA with SHA-256. */

export const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  /** The DER of its value. */
  readonly value: Uint8Array;
}

export interface CertificateRequest {
  /** Common name and organisation; an empty subject when left out. */
  readonly subject?: string;
  readonly issuer: string;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
  readonly serial?: Buffer;
}

/** The part of a certificate that is signed. */
export function describeCertificate(request: CertificateRequest): Buffer {
  return sequence(
    explicit(0, integer(2)),
    integer(request.serial ?? newSerial()),
    ecdsaWithSha256,
    nameOf(request.issuer),
    sequence(certificateTime(request.notBefore), certificateTime(request.notAfter)),
    request.subject === undefined ? sequence() : nameOf(request.subject),
    request.publicKey,
    explicit(3, sequence(...request.extensions.map(describeExtension))),
  );
}

/** The certificate of a described one, signed. */
export function signCertificate(described: Buffer, key: KeyObject): Buffer {
  return sequence(described, ecdsaWithSha256, bitString(sign("sha256", described, key)));
}

/** 16 random bytes whose first bit is clear: a positive number. */
export function newSerial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/** A distinguished name of one organisation and one common name. */
export function nameOf(commonName: string): Buffer {
  const attribute = (type: string, value: string): Buffer => setOf(sequence(oid(type), utf8String(value)));
  return sequence(attribute("2.5.4.10", "apkmill dev-services"), attribute("2.5.4.3", commonName));
}

function describeExtension({ oid: type, critical = false, value }: Extension): Buffer {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value));
}

export function keyUsage(...bits: readonly ("digitalSignature" | "keyCertSign")[]): Extension {
  const byte = (bits.includes("digitalSignature") ? 0x80 : 0) | (bits.includes("keyCertSign") ? 0x04 : 0);
  return { oid: "2.5.29.15", critical: true, value: bitString(Buffer.from([byte]), byte & 0x04 ? 2 : 7) };
}

export function extendedKeyUsage(usage: "codeSigning" | "timeStamping"): Extension {
  const purpose = { codeSigning: "1.3.6.1.5.5.7.3.3", timeStamping: "1.3.6.1.5.5.7.3.8" }[usage];
  return { oid: "2.5.29.37", critical: usage === "timeStamping", value: sequence(oid(purpose)) };
}

export function certificateAuthority(): Extension {
  return { oid: "2.5.29.19", critical: true, value: sequence(boolean(true), integer(0)) };
}

export function subjectKeyId(publicKey: Buffer): Extension {
  return { oid: "2.5.29.14", value: octetString(keyIdOf(publicKey)) };
}

export function authorityKeyId(publicKey: Buffer): Extension {
  return { oid: "2.5.29.35", value: sequence(implicit(0, keyIdOf(publicKey))) };
}

/** Critical, because the subject is empty (RFC 5280 §4.2.1.6). */
export function subjectAlternativeName(kind: "uri" | "email", value: string): Extension {
  return {
    oid: "2.5.29.17",
    critical: true,
    value: sequence(implicit(kind === "uri" ? 6 : 1, Buffer.from(value, "ascii"))),
  };
}

function keyIdOf(publicKey: Buffer): Buffer {
  return createHash("sha1").update(publicKey).digest();
}

export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
