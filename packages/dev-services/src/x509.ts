import { createHash, randomBytes, sign, type KeyObject } from "node:crypto";
import {
  bits,
  booleanTrue,
  certificateTime,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  tagged,
  taggedPrimitive,
  utf8,
} from "./der.ts";

/** X.509 certificates as sigstore's authorities issue them (RFC 5280), signed with ECDSA and SHA-256. */

export const oids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  sha256: "2.16.840.1.101.3.4.2.1",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  sctList: "1.3.6.1.4.1.11129.2.4.2",
} as const;

export interface CertificateRequest {
  /** The common name; left out: an empty subject, as short-lived certificates have. */
  readonly commonName?: string;
  readonly publicKey: KeyObject;
  /** Seconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
  /** Who signs; left out: the holder of the key, as a root does. */
  readonly issuer?: Authority;
}

/** A name with its key: what can issue certificates. */
export interface Authority {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The part of a certificate that is signed; a log promises to publish it before it is. */
export interface Unsigned {
  readonly request: CertificateRequest;
  readonly serial: Buffer;
  readonly issuerName: string;
}

/** A certificate to be, with a fresh serial number. */
export function prepareCertificate(request: CertificateRequest): Unsigned {
  // Positive and never zero in its first octet, so that its length is the same everywhere.
  const serial = Buffer.concat([Buffer.from([0x40 | (randomBytes(1).readUInt8() & 0x3f)]), randomBytes(15)]);
  return { request, serial, issuerName: request.issuer?.commonName ?? request.commonName ?? "" };
}

/** The bytes that are signed: `TBSCertificate`, with `more` extensions at the end. */
export function encodeUnsigned({ request, serial, issuerName }: Unsigned, ...more: readonly Buffer[]): Buffer {
  return sequence(
    tagged(0, integer(2)),
    integer(serial),
    signatureAlgorithm,
    distinguishedName(issuerName),
    sequence(certificateTime(request.notBefore), certificateTime(request.notAfter)),
    request.commonName === undefined ? sequence() : distinguishedName(request.commonName),
    spkiOf(request.publicKey),
    tagged(3, sequence(...request.extensions, ...more)),
  );
}

/** The certificate as DER. `key` is the issuer's. */
export function signCertificate(unsigned: Buffer, key: KeyObject): Buffer {
  return sequence(unsigned, signatureAlgorithm, bits(sign("sha256", unsigned, key)));
}

/** A self-signed authority. */
export function issueRoot(authority: Authority, notBefore: number, notAfter: number): Buffer {
  const extensions = [
    keyUsage(0x06, 1),
    basicConstraints(),
    subjectKeyId(authority.publicKey),
    authorityKeyId(authority.publicKey),
  ];
  const { commonName, publicKey } = authority;
  const unsigned = prepareCertificate({ commonName, publicKey, notBefore, notAfter, extensions });
  return signCertificate(encodeUnsigned(unsigned), authority.privateKey);
}

/** One extension (§4.2): its identifier, whether a reader must know it, its value. */
export function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [booleanTrue] : []), octets(value));
}

/** `0x80` signs data, `0x06` signs certificates and revocation lists. */
export const keyUsage = (mask: number, unusedBits: number): Buffer =>
  extension("2.5.29.15", bits(Buffer.from([mask]), unusedBits), true);
export const extendedKeyUsage = (purpose: string, critical = false): Buffer =>
  extension("2.5.29.37", sequence(oid(purpose)), critical);
export const basicConstraints = (pathLength?: number): Buffer =>
  extension("2.5.29.19", sequence(booleanTrue, ...(pathLength === undefined ? [] : [integer(pathLength)])), true);
export const subjectKeyId = (key: KeyObject): Buffer => extension("2.5.29.14", octets(keyIdOf(key)));
export const authorityKeyId = (key: KeyObject): Buffer =>
  extension("2.5.29.35", sequence(taggedPrimitive(0, keyIdOf(key))));

/** `O=apkmill dev services, CN=…` */
export function distinguishedName(commonName: string): Buffer {
  const part = (id: string, text: string): Buffer => setOf(sequence(oid(id), utf8(text)));
  return sequence(part("2.5.4.10", "apkmill dev services"), part("2.5.4.3", commonName));
}

export const signatureAlgorithm: Buffer = sequence(oid(oids.ecdsaWithSha256));

/** The DER form of a public key. */
export function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

/** Any hash of the key will do (§4.2.1.2). */
function keyIdOf(key: KeyObject): Buffer {
  return createHash("sha256").update(spkiOf(key)).digest().subarray(0, 20);
}

/** DER → PEM. */
export function toPem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
