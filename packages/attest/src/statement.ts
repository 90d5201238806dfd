import { canonicalJson, type Digest, hexOf } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";

/**
 * in-toto statements: something said about something that is named by its digest.
 * Source: in-toto attestation framework, spec/v1/statement.md.
 */

/** What a statement is about. Verifiers match by digest; the name is for people. */
export interface Subject {
  /** A repository without tag and digest, or a file's name. */
  readonly name: string;
  /** Lower-case hex by algorithm. */
  readonly digest: Readonly<Record<string, string>>;
}

export interface Statement {
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** The DSSE payload type of in-toto statements. */
export const statementPayloadType = "application/vnd.in-toto+json";

/** The predicate types that this engine writes. Those of bills have no version, as cosign, trivy and apko match them exactly. */
export const predicateTypes = {
  spdx: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
  provenance: "https://slsa.dev/provenance/v1",
} as const;

const writtenType = "https://in-toto.io/Statement/v1";
/** cosign 3 still writes v0.1; the fields read here mean the same in both. */
const readTypes: readonly unknown[] = [writtenType, "https://in-toto.io/Statement/v0.1"];
/** sigstore-go reads no more than this. */
const maxSubjects = 1024;

/** The subject for a manifest or file of which the sha256 digest is known. */
export function subjectOf(name: string, digest: Digest): Subject {
  return { name, digest: { sha256: hexOf(digest) } };
}

/** The statement that attests a document, in SPDX 2.x or CycloneDX, to be the bill of materials of `subject`. */
export function describeSbomStatement(
  subject: Subject,
  document: unknown,
  kind: "spdx" | "cyclonedx" = "spdx",
): Statement {
  return { subject: [subject], predicateType: predicateTypes[kind], predicate: document };
}

/** The statement that says how `subject` was built; the predicate comes from `describeProvenance`. */
export function describeProvenanceStatement(subject: Subject, provenance: unknown): Statement {
  return { subject: [subject], predicateType: predicateTypes.provenance, predicate: provenance };
}

/** The bytes to sign: keys sorted, no white space, so that the same statement is the same payload. */
export function encodeStatement({ subject, predicateType, predicate }: Statement): Buffer {
  return Buffer.from(canonicalJson({ _type: writtenType, subject, predicateType, predicate }));
}

/** Payload of an envelope → statement. @throws AttestError ATTEST_STATEMENT */
export function parseStatement(payload: Uint8Array): Statement {
  const value = parseObject(payload);
  const { _type: type, subject, predicateType, predicate } = value;
  if (!readTypes.includes(type)) throw malformed(`_type to be ${writtenType}`, type);
  if (typeof predicateType !== "string" || predicateType === "") throw malformed("a predicateType", predicateType);
  if (!Array.isArray(subject) || subject.length === 0) throw malformed("at least one subject", subject);
  if (subject.length > maxSubjects) throw malformed(`at most ${String(maxSubjects)} subjects`, subject.length);
  return { subject: subject.map(parseSubject), predicateType, predicate };
}

function parseObject(payload: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    if (isRecord(value)) return value;
    throw malformed("an object", value);
  } catch (cause) {
    if (cause instanceof AttestError) throw cause;
    throw new AttestError("ATTEST_STATEMENT", "reading the payload: expected a JSON statement, found other bytes", {
      cause,
    });
  }
}

function parseSubject(subject: unknown): Subject {
  if (!isRecord(subject) || !isRecord(subject["digest"])) throw malformed("a subject with digests", subject);
  const digests = Object.entries(subject["digest"]).map(([algorithm, hex]): [string, string] => {
    if (typeof hex !== "string") throw malformed(`the ${algorithm} digest to be text`, hex);
    return [algorithm, hex];
  });
  // The name is optional in the specification; "" stands for none.
  const name = typeof subject["name"] === "string" ? subject["name"] : "";
  return { name, digest: Object.fromEntries(digests) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(expected: string, found: unknown): AttestError {
  // JSON has no text for undefined.
  const shown = found === undefined ? "nothing" : JSON.stringify(found).slice(0, 100);
  return new AttestError("ATTEST_STATEMENT", `reading the statement: expected ${expected}, found ${shown}`);
}
