import { requireSubject, type BundleVerifier, type Signer, type Statement } from "@apkmill/attest";
import { isEngineError, type Digest, type EngineError, type Ports } from "@apkmill/core";
import type { RegistryClient } from "@apkmill/oci";
import { fetchBundles, type StoredBundle } from "./bundles.ts";
import { describedDigests } from "./described-image.ts";
import { belongsToIndex } from "./predicates.ts";
import { PublishError } from "./publish-error.ts";

/** A statement whose bundle verifies. Whether its signer is the right one is still open. */
export interface Testimony {
  readonly bundle: Digest;
  readonly statement: Statement;
  readonly signer: Signer;
}

/** Everything that is attached to one subject, sorted into what verifies and what does not. */
export interface Evidence {
  readonly testimonies: readonly Testimony[];
  readonly failures: readonly { readonly bundle: StoredBundle; readonly error: EngineError }[];
}

/** Fetches and verifies the bundles of a subject. A bundle that does not verify is kept as a failure, with its reason. */
export async function gatherEvidence(
  { log }: Pick<Ports, "log">,
  client: RegistryClient,
  subject: Digest,
  verifier: BundleVerifier,
): Promise<Evidence> {
  const testimonies: Testimony[] = [];
  const failures: { bundle: StoredBundle; error: EngineError }[] = [];
  for (const bundle of await fetchBundles(client, subject, log)) {
    try {
      testimonies.push({ bundle: bundle.digest, ...(await verifier.verify(bundle.bytes)) });
    } catch (error) {
      if (!isEngineError(error)) throw error;
      failures.push({ bundle, error });
    }
  }
  return { testimonies, failures };
}

/**
 * Why a testimony does not count as a statement about `subject`, or undefined when it does: it must be about this very
 * digest, a bill of materials must describe the same image, and the signer must be the one that the policy wants.
 */
export function objectionTo(
  { statement, signer }: Testimony,
  subject: Digest,
  accepts: (signer: Signer) => EngineError | undefined,
): EngineError | undefined {
  try {
    requireSubject(statement, subject);
    requireDescribed(statement, subject);
  } catch (error) {
    if (isEngineError(error)) return error;
    throw error;
  }
  return accepts(signer);
}

/** A bill of materials that names no image at all is taken for what its statement says. */
function requireDescribed({ predicateType, predicate }: Statement, subject: Digest): void {
  const described = belongsToIndex(predicateType) ? [] : [...describedDigests(predicate)];
  if (described.length === 0 || described.includes(subject)) return;
  throw new PublishError(
    "PUBLISH_POLICY",
    `verifying the bill of materials: expected it to describe ${subject}, found ${described.join(", ")}`,
  );
}
