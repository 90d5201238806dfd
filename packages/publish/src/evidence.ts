import { isEngineError, type Digest, type EngineError, type Ports } from "@apkmill/core";
import type { RegistryClient } from "@apkmill/oci";
import { isAbout } from "./attest-image.ts";
import type { BundleVerifier, Signer, Statement } from "./attestor.ts";
import { fetchBundles, type StoredBundle } from "./bundles.ts";
import { describedDigests } from "./described-image.ts";
import type { PolicyObjection } from "./policy.ts";
import { belongsToIndex } from "./predicates.ts";

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
  accepts: (signer: Signer) => PolicyObjection | undefined,
): PolicyObjection | undefined {
  if (!isAbout(statement, subject)) {
    const named = statement.subject.map(({ digest }) => `sha256:${digest["sha256"] ?? "?"}`).join(", ");
    return `expected its subject to be ${subject}, found ${named}`;
  }
  if (!belongsToIndex(statement.predicateType)) {
    const described = [...describedDigests(statement.predicate)];
    if (described.length > 0 && !described.includes(subject)) {
      return `expected it to describe ${subject}, found ${described.join(", ")}`;
    }
  }
  return accepts(signer);
}
