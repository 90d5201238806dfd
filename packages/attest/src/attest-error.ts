import { EngineError } from "@apkmill/core";

export type AttestErrorCode =
  // what a bundle says and who says it
  /** Bytes that are no sigstore bundle of a known version, or a bundle that lacks a part. */
  | "ATTEST_BUNDLE_FORMAT"
  /** A signature that is not the key's over this content. */
  | "ATTEST_SIGNATURE"
  /** A signing certificate that no trusted authority issued for this time, or that says too much or too little. */
  | "ATTEST_CERTIFICATE"
  /** No proof that the signature is in a trusted log, or a proof for something else. */
  | "ATTEST_TLOG"
  /** No trusted time at which the certificate was valid. */
  | "ATTEST_TIMESTAMP"
  /** Signed with a key where a certificate is expected, with another key, or the reverse. */
  | "ATTEST_KEY"
  /** Signed by somebody else. */
  | "ATTEST_IDENTITY"
  /** The identity is vouched for by another provider. */
  | "ATTEST_ISSUER"
  /** The signing workflow ran for another repository. */
  | "ATTEST_SOURCE"
  /** A payload that is no in-toto statement. */
  | "ATTEST_STATEMENT"
  /** A statement about something else. */
  | "ATTEST_SUBJECT"
  /** A statement of another kind. */
  | "ATTEST_PREDICATE"
  // what verification was given
  /** A trust root that cannot be read or that leaves a validity open at its start. */
  | "ATTEST_TRUST_ROOT"
  /** A policy that accepts anybody, or a pattern that is none. */
  | "ATTEST_POLICY"
  // signing
  /** No identity token, or one that cannot be used. */
  | "ATTEST_TOKEN"
  /** The job may not ask for identity tokens. */
  | "ATTEST_PERMISSION"
  /** Signing services that do not fit together. */
  | "ATTEST_SERVICES"
  /** The certificate authority refused, or issued something else. */
  | "ATTEST_FULCIO"
  /** The transparency log refused, or answered something else. */
  | "ATTEST_REKOR"
  /** The log holds this very signature already and does not say where. */
  | "ATTEST_LOG_CONFLICT"
  /** The timestamp authority refused, or answered something else. */
  | "ATTEST_TSA";

/** Errors of statements, signing and verification. */
export class AttestError extends EngineError<AttestErrorCode> {}
