import { X509Certificate, type KeyObject } from "node:crypto";
import { AttestError } from "./attest-error.ts";
import { derTags, formatOid, partsOf, readDer, type DerValue } from "./der.ts";
import type { Signer } from "./signer.ts";

/**
 * What a Fulcio certificate says about a signer. Nothing is verified here: that a trusted authority says it is the
 * verifier's business. Source: fulcio docs/oid-info.md and docs/certificate-specification.md.
 */
export interface CertificateFacts {
  readonly signer: Signer;
  readonly publicKey: KeyObject;
  /** Seconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** True when it carries promises of certificate transparency logs. */
  readonly hasSct: boolean;
}

const oids = { subjectAltName: "2.5.29.17", sct: "1.3.6.1.4.1.11129.2.4.2", fulcio: "1.3.6.1.4.1.57264.1." };
const otherName = { fulcioUserName: "1.3.6.1.4.1.57264.1.7" };
/** Context tags of GeneralName (RFC 5280 §4.2.1.6). */
const generalNames = { otherName: 0xa0, email: 0x81, uri: 0x86 };
const legacyIssuer = "1";

/** The extensions below 1.3.6.1.4.1.57264.1, each a DER UTF8String; 1 to 6 are their raw predecessors. */
const extensionNames: Readonly<Record<string, string>> = {
  "8": "issuer",
  "9": "buildSignerUri",
  "10": "buildSignerDigest",
  "11": "runnerEnvironment",
  "12": "sourceRepositoryUri",
  "13": "sourceRepositoryDigest",
  "14": "sourceRepositoryRef",
  "15": "sourceRepositoryIdentifier",
  "16": "sourceRepositoryOwnerUri",
  "17": "sourceRepositoryOwnerIdentifier",
  "18": "buildConfigUri",
  "19": "buildConfigDigest",
  "20": "buildTrigger",
  "21": "runInvocationUri",
  "22": "sourceRepositoryVisibility",
};

/** DER certificate → facts. @throws AttestError ATTEST_CERTIFICATE */
export function parseCertificate(der: Buffer): CertificateFacts {
  const certificate = readX509(der);
  const extensions = readExtensions(der);
  return {
    signer: readSigner(extensions),
    publicKey: certificate.publicKey,
    notBefore: certificate.validFromDate.getTime() / 1000,
    notAfter: certificate.validToDate.getTime() / 1000,
    hasSct: extensions.has(oids.sct),
  };
}

function readX509(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw malformed("an X.509 certificate", "other bytes", cause);
  }
}

/** Value of each extension by OID. The list is the last part of the signed part of a certificate, under tag [3]. */
function readExtensions(der: Buffer): ReadonlyMap<string, Buffer> {
  const [signedPart] = partsOf(readDer(der)[0]);
  const [list] = partsOf(partsOf(signedPart).at(-1), 0xa3);
  const found = new Map<string, Buffer>();
  for (const extension of partsOf(list)) {
    const parts = partsOf(extension);
    const [id, value] = [parts[0], parts.at(-1)];
    if (id?.tag !== derTags.oid || value?.tag !== derTags.octetString) throw malformed("extensions", "other values");
    // RFC 5280 §4.2: more than one of a kind leaves readers to disagree.
    if (found.has(formatOid(id))) throw malformed("each extension once", `${formatOid(id)} twice`);
    found.set(formatOid(id), value.content);
  }
  return found;
}

function readSigner(extensions: ReadonlyMap<string, Buffer>): Signer {
  const named: Record<string, string> = {};
  for (const [number, name] of Object.entries(extensionNames)) {
    const value = extensions.get(oids.fulcio + number);
    if (value !== undefined) named[name] = readText(readDer(value)[0]);
  }
  const { issuer = extensions.get(oids.fulcio + legacyIssuer)?.toString("utf8"), ...rest } = named;
  if (issuer === undefined) throw malformed("an OpenID issuer", "none");
  const source = rest["sourceRepositoryUri"];
  return {
    identity: readIdentity(extensions.get(oids.subjectAltName)),
    issuer,
    ...(source === undefined ? {} : { sourceRepository: source }),
    extensions: rest,
  };
}

/** One name only: with two, one tool would show the first and another match the second. */
function readIdentity(value: Buffer | undefined): string {
  const names = value === undefined ? [] : partsOf(readDer(value)[0]);
  const [name] = names;
  if (name === undefined || names.length > 1) throw malformed("one subject name", String(names.length));
  switch (name.tag) {
    case generalNames.uri:
    case generalNames.email:
      return name.content.toString("utf8");
    case generalNames.otherName:
      return readOtherName(name);
    default:
      throw malformed("an address or an e-mail address as its subject", "another kind of name");
  }
}

function readOtherName({ content }: DerValue): string {
  const [id, value] = readDer(content);
  if (id === undefined || formatOid(id) !== otherName.fulcioUserName) throw malformed("a user name", "another name");
  return readText(partsOf(value, 0xa0)[0]);
}

function readText(value: DerValue | undefined): string {
  if (value?.tag !== derTags.utf8String) throw malformed("text in its extensions", "other values");
  return value.content.toString("utf8");
}

function malformed(expected: string, found: string, cause?: unknown): AttestError {
  const message = `reading the signing certificate: expected ${expected}, found ${found}`;
  return new AttestError("ATTEST_CERTIFICATE", message, { cause });
}
