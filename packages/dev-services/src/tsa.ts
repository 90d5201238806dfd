import { createHash, randomBytes, sign } from "node:crypto";
import { readDer } from "./der-read.ts";
import {
  booleanTrue,
  certificateTime,
  generalizedTime,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  setOf,
  tagged,
} from "./der.ts";
import { json, parseJson, textAt } from "./json-answers.ts";
import type { Answer } from "./loopback.ts";
import { distinguishedName, oids, signatureAlgorithm, type Authority } from "./x509.ts";

/** A timestamp authority (RFC 3161 with the CMS of RFC 5652), SHA-256 throughout. */
export interface TimestampSigner {
  readonly authority: Authority;
  /** The certificate that timestamps are signed with, its serial and who issued it. */
  readonly certificate: Buffer;
  /** That certificate and its authority's. */
  readonly chain: readonly Buffer[];
  readonly serial: Buffer;
  readonly issuerName: string;
}

interface Query {
  readonly hash: Buffer;
  readonly nonce: Buffer | undefined;
  readonly wantsCertificates: boolean;
}

const ids = {
  signedData: "1.2.840.113549.1.7.2",
  timestampInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signingCertificate: "1.2.840.113549.1.9.16.2.47",
  /** The policy of sigstore's own authority. */
  policy: "1.3.6.1.4.1.57264.2",
};

/** `POST /api/v1/timestamp`: a DER query, or the JSON that sigstore's authority takes as well. `now` in seconds. */
export function answerTimestamp(signer: TimestampSigner, contentType: string, body: Buffer, now: number): Answer {
  const isJson = contentType.startsWith("application/json");
  if (!isJson && !contentType.startsWith("application/timestamp-query")) {
    return json(415, { code: 415, message: `unsupported media type ${contentType}` });
  }
  const query = isJson ? parseJsonQuery(body) : parseQuery(body);
  if (query === undefined) return json(400, { code: 400, message: "error parsing the timestamp query" });
  return {
    status: 201,
    headers: { "content-type": "application/timestamp-reply" },
    body: encodeReply(signer, query, now),
  };
}

function parseJsonQuery(body: Buffer): Query | undefined {
  const value = parseJson(body);
  const hash = Buffer.from(textAt(value, "artifactHash"), "base64");
  const isSha256 = textAt(value, "hashAlgorithm") === "sha256" && hash.byteLength === 32;
  return isSha256 ? { hash, nonce: undefined, wantsCertificates: false } : undefined;
}

/** `TimeStampReq` (§2.4.1): version, imprint, then optional policy, nonce and certReq. */
function parseQuery(body: Buffer): Query | undefined {
  const parts = readDer(readDer(body)?.[0]?.content ?? Buffer.alloc(0)) ?? [];
  const [version, imprint, ...rest] = parts;
  const [algorithm, hash] = readDer(imprint?.content ?? Buffer.alloc(0)) ?? [];
  const [algorithmId] = readDer(algorithm?.content ?? Buffer.alloc(0)) ?? [];
  if (version?.tag !== 2 || algorithmId?.bytes.equals(oid(oids.sha256)) !== true || hash?.content.byteLength !== 32) {
    return undefined;
  }
  return {
    hash: hash.content,
    nonce: rest.find(({ tag }) => tag === 0x02)?.bytes,
    wantsCertificates: rest.some(({ bytes }) => bytes.equals(booleanTrue)),
  };
}

function encodeReply(signer: TimestampSigner, query: Query, now: number): Buffer {
  const granted = sequence(integer(0));
  return sequence(granted, sequence(oid(ids.signedData), tagged(0, encodeSignedData(signer, query, now))));
}

function encodeSignedData(signer: TimestampSigner, query: Query, now: number): Buffer {
  const info = encodeInfo(query, now);
  return sequence(
    integer(3),
    setOf(sha256Algorithm),
    sequence(oid(ids.timestampInfo), tagged(0, octets(info))),
    ...(query.wantsCertificates ? [tagged(0, signer.certificate)] : []),
    setOf(encodeSignerInfo(signer, info, now)),
  );
}

const sha256Algorithm = sequence(oid(oids.sha256), nothing);

/** `TSTInfo` (§2.4.2), accurate to a second. */
function encodeInfo({ hash, nonce }: Query, now: number): Buffer {
  return sequence(
    integer(1),
    oid(ids.policy),
    sequence(sha256Algorithm, octets(hash)),
    integer(randomBytes(16)),
    generalizedTime(now),
    sequence(integer(1)),
    ...(nonce === undefined ? [] : [nonce]),
  );
}

function encodeSignerInfo(signer: TimestampSigner, info: Buffer, now: number): Buffer {
  const attribute = (id: string, value: Buffer): Buffer => sequence(oid(id), setOf(value));
  const attributes = [
    attribute(ids.contentType, oid(ids.timestampInfo)),
    // UTCTime until 2049, as in certificates (RFC 5652 §11.3).
    attribute(ids.signingTime, certificateTime(now)),
    attribute(ids.messageDigest, octets(sha256(info))),
    attribute(ids.signingCertificate, describeCertificate(signer)),
  ];
  // Signed as the SET OF that they are, written under the tag [0] (RFC 5652 §5.4).
  const signed = setOf(...attributes);
  const signature = sign("sha256", signed, signer.authority.privateKey);
  return sequence(
    integer(1),
    sequence(distinguishedName(signer.issuerName), integer(signer.serial)),
    sha256Algorithm,
    Buffer.concat([Buffer.from([0xa0]), signed.subarray(1)]),
    signatureAlgorithm,
    octets(signature),
  );
}

/** `SigningCertificateV2` (RFC 5816): without it, a reply could be passed off as another certificate's. */
function describeCertificate({ certificate, issuerName, serial }: TimestampSigner): Buffer {
  const issuer = sequence(tagged(4, distinguishedName(issuerName)));
  return sequence(sequence(sequence(octets(sha256(certificate)), sequence(issuer, integer(serial)))));
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
