import { hexOf, type Digest } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import type { Statement } from "./statement.ts";

/** Refuses a statement that is not about `digest`; names of subjects do not count. @throws AttestError ATTEST_SUBJECT */
export function requireSubject({ subject }: Statement, digest: Digest): void {
  if (subject.some((one) => one.digest["sha256"] === hexOf(digest))) return;
  const found = subject.map((one) => `sha256:${one.digest["sha256"] ?? "?"}`).slice(0, 3);
  throw new AttestError(
    "ATTEST_SUBJECT",
    `verifying the statement: expected it to be about ${digest}, found ${found.join(", ")}`,
  );
}

/** Refuses a statement of another kind. @throws AttestError ATTEST_PREDICATE */
export function requirePredicateType({ predicateType }: Statement, expected: string): void {
  if (predicateType === expected) return;
  throw new AttestError("ATTEST_PREDICATE", `verifying the statement: expected ${expected}, found ${predicateType}`);
}
