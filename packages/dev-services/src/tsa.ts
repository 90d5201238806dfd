import { createHash, sign, X509Certificate } from "node:crypto";
import {
  element,
  explicit,
  generalizedTime,
  integer,
  nullValue,
  octetString,
  oid,
  readElements,
  sequence,
  setOf,
} from "./der.ts";
import type { Answer } from "./loopback.ts";
import type { KeyPair } from "./sigstore-keys.ts";
import {
  authorityKeyId,
  describeCertificate,
  ecdsaWithSha256,
  extendedKeyUsage,
  keyUsage,
  nameOf,
  newSerial,
  signCertificate,
  subjectKeyId,
} from "./x509.ts";

/**
 * A timestamp authority: RFC 3161, over HTTP. It takes the DER query of the RFC and the JSON query of sigstore's authority, and
 * answers both with the RFC's reply, signed with ECDSA and SHA-256.
 */
export interface TimestampAuthority {
  /** The authority's own certificate; the root issued it. */
  readonly certificate: Buffer;
  answer(body: Buffer, contentType: string): Answer;
}

const rootName = "apkmill dev certificate authority";
const sha256Algorithm = sequence(oid("2.16.840.1.101.3.4.2.1"), nullValue());
const policy = "1.3.6.1.4.1.57264.2";

interface TimestampQuery {
  readonly hash: Buffer;
  /** The whole element, to be sent back. */
  readonly nonce: Buffer | undefined;
  readonly wantsCertificate: boolean;
}

export function createTimestampAuthority(key: KeyPair, certificate: Buffer, now: () => number): TimestampAuthority {
  return {
    certificate,
    answer: (body, contentType) => {
      const query = contentType.includes("json") ? readJsonQuery(body) : readQuery(body);
      if (query === undefined)
        return {
          status: 400,
          headers: { "content-type": "text/plain" },
          body: Buffer.from("the query cannot be read, or asks for another hash than SHA-256"),
        };
      const reply = sequence(sequence(integer(0)), describeToken(query, key, certificate, now()));
      return { status: 201, headers: { "content-type": "application/timestamp-reply" }, body: reply };
    },
  };
}

/** The authority's certificate, issued by the root. */
export function makeTimestampCertificate(key: KeyPair, rootKey: KeyPair, notBefore: number): Buffer {
  const extensions = [
    keyUsage("digitalSignature"),
    extendedKeyUsage("timeStamping"),
    subjectKeyId(key.spki),
    authorityKeyId(rootKey.spki),
  ];
  const request = {
    subject: "apkmill dev timestamp authority",
    issuer: rootName,
    publicKey: key.spki,
    notBefore,
    notAfter: notBefore + 9 * 365 * 86_400,
    extensions,
  };
  return signCertificate(describeCertificate(request), rootKey.privateKey);
}

function readJsonQuery(body: Buffer): TimestampQuery | undefined {
  const { artifactHash = "", hashAlgorithm } = JSON.parse(body.toString("utf8")) as {
    artifactHash?: string;
    hashAlgorithm?: string;
  };
  const hash = Buffer.from(artifactHash, "base64");
  return hashAlgorithm === "sha256" && hash.length === 32
    ? { hash, nonce: undefined, wantsCertificate: false }
    : undefined;
}

/** TimeStampReq: version, messageImprint, then reqPolicy, nonce and certReq where given. */
function readQuery(body: Buffer): TimestampQuery | undefined {
  try {
    const [outer] = readElements(body);
    const [, imprint, ...options] = readElements(outer?.content ?? Buffer.alloc(0));
    const [algorithm, hash] = readElements(imprint?.content ?? Buffer.alloc(0));
    if (hash?.content.length !== 32 || algorithm?.content.includes(oid("2.16.840.1.101.3.4.2.1")) !== true)
      return undefined;
    return {
      hash: hash.content,
      nonce: options.find(({ tag }) => tag === 0x02)?.whole,
      wantsCertificate: options.some(({ tag, content }) => tag === 0x01 && content[0] === 0xff),
    };
  } catch {
    return undefined;
  }
}

function describeToken(query: TimestampQuery, key: KeyPair, certificate: Buffer, now: number): Buffer {
  const info = sequence(
    integer(1),
    oid(policy),
    sequence(sha256Algorithm, octetString(query.hash)),
    integer(newSerial()),
    generalizedTime(now),
    sequence(integer(1)), // Accurate to one second.
    ...(query.nonce === undefined ? [] : [query.nonce]),
  );
  return signedData(info, key, certificate, query.wantsCertificate, now);
}

/** CMS SignedData (RFC 5652) around the TSTInfo, with the signed attributes that RFC 3161 asks for. */
function signedData(info: Buffer, key: KeyPair, certificate: Buffer, withCertificate: boolean, now: number): Buffer {
  const contentType = oid("1.2.840.113549.1.9.16.1.4");
  const attributes = [
    attribute("1.2.840.113549.1.9.3", contentType),
    attribute("1.2.840.113549.1.9.5", generalizedTime(now)),
    attribute("1.2.840.113549.1.9.4", octetString(createHash("sha256").update(info).digest())),
    // ESSCertIDv2 with its default hash, SHA-256 (RFC 5816).
    attribute(
      "1.2.840.113549.1.9.16.2.47",
      sequence(sequence(sequence(octetString(createHash("sha256").update(certificate).digest())))),
    ),
  ];
  const signature = sign("sha256", setOf(...attributes), key.privateKey);
  const sorted = readElements(setOf(...attributes))[0]?.content ?? Buffer.alloc(0);
  const serial = Buffer.from(new X509Certificate(certificate).serialNumber, "hex");
  const signer = sequence(
    integer(1),
    sequence(nameOf(rootName), integer(serial)),
    sha256Algorithm,
    element(0xa0, sorted),
    ecdsaWithSha256,
    octetString(signature),
  );
  const content = sequence(
    integer(3),
    setOf(sha256Algorithm),
    sequence(contentType, explicit(0, octetString(info))),
    ...(withCertificate ? [element(0xa0, certificate)] : []),
    setOf(signer),
  );
  return sequence(oid("1.2.840.113549.1.7.2"), explicit(0, content));
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), setOf(value));
}
