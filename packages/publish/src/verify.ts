import { loadTrustRoot, openBundleVerifier, type AttestPorts, type BundleVerifier, type Signer } from "@apkmill/attest";
import type { Digest, EngineError } from "@apkmill/core";
import {
  openRegistry,
  parseReference,
  repositoryName,
  type ExplicitCredentials,
  type RegistryPorts,
} from "@apkmill/oci";
import { gatherEvidence, objectionTo, type Evidence, type Testimony } from "./evidence.ts";
import { compilePolicy, type CertificatePolicy } from "./policy.ts";
import { belongsToIndex, predicateName, predicateTypeOf } from "./predicates.ts";
import { PublishError } from "./publish-error.ts";
import { fetchServedImage, type ServedImage } from "./served-image.ts";

export interface VerifyPolicy extends CertificatePolicy {
  /** Names or addresses of the predicates that must be there: `spdx`, `provenance`, `cyclonedx`, `https://…`. */
  readonly require: readonly string[];
}

export interface VerifyImageOptions {
  readonly reference: string;
  readonly policy: VerifyPolicy;
  /** A trusted_root.json; left out: the public-good instance's. */
  readonly trustRoot?: string | undefined;
  /** `optional` also takes signatures that are in no log, with an authority's timestamp. */
  readonly transparencyLog?: "required" | "optional" | undefined;
  readonly insecureRegistries?: readonly string[] | undefined;
  readonly credentials?: ExplicitCredentials | undefined;
}

export interface VerifiedStatement {
  readonly subject: Digest;
  /** Empty for the index. */
  readonly platform: string;
  readonly predicateType: string;
  readonly signer: Signer;
  /** The digest of the bundle. */
  readonly bundle: Digest;
}

export interface VerifiedImage {
  readonly verified: true;
  readonly digest: Digest;
  readonly statements: readonly VerifiedStatement[];
}

/**
 * Checks that an image in a registry carries every required statement, signed by whom the policy names: a bill of
 * materials on every platform, anything else on every platform and on the index. The reference is resolved once; the
 * answer is about the digest that it gave. @throws PublishError PUBLISH_UNATTESTED, PUBLISH_POLICY, PUBLISH_OPTIONS,
 * PUBLISH_IMAGE_MISSING · OciError REGISTRY_CONTENT_CHANGED · AttestError ATTEST_POLICY, ATTEST_TRUST_ROOT
 */
export async function verifyImage(
  ports: RegistryPorts & AttestPorts,
  options: VerifyImageOptions,
): Promise<VerifiedImage> {
  const { transparencyLog } = options;
  const trustRoot = await loadTrustRoot(ports, options.trustRoot);
  return verifyWith(ports, options, openBundleVerifier({ trustRoot, transparencyLog, limits: ports.limits }));
}

/** {@link verifyImage} with another way of verifying bundles. */
export async function verifyWith(
  ports: RegistryPorts,
  options: VerifyImageOptions,
  verifier: BundleVerifier,
): Promise<VerifiedImage> {
  const accepts = compilePolicy(options.policy);
  const required = [...new Set(options.policy.require.map(predicateTypeOf))];
  if (required.length === 0) throw nothingRequired();
  const reference = parseReference(options.reference);
  const client = openRegistry(ports, reference, options);
  const image = await fetchServedImage(client, reference);
  const statements: VerifiedStatement[] = [];
  for (const { digest, platform, isIndex } of subjectsOf(image)) {
    const evidence = await gatherEvidence(ports, client, digest, verifier);
    for (const predicateType of required.filter((type) => !isIndex || belongsToIndex(type))) {
      const what = `${repositoryName(reference)}: ${predicateName(predicateType)} of ${platform || "the image"} (${digest})`;
      const { bundle, signer } = requireTestimony(what, evidence, digest, predicateType, accepts);
      statements.push({ subject: digest, platform, predicateType, signer, bundle });
    }
  }
  return { verified: true, digest: image.digest, statements };
}

interface Subject {
  readonly digest: Digest;
  readonly platform: string;
  readonly isIndex: boolean;
}

function subjectsOf(image: ServedImage): Subject[] {
  const platforms = image.platforms.map(({ digest, platform }) => ({ digest, platform, isIndex: false }));
  return image.isIndex ? [{ digest: image.digest, platform: "", isIndex: true }, ...platforms] : platforms;
}

function requireTestimony(
  what: string,
  { testimonies, failures }: Evidence,
  subject: Digest,
  predicateType: string,
  accepts: (signer: Signer) => EngineError | undefined,
): Testimony {
  const candidates = testimonies.filter(({ statement }) => statement.predicateType === predicateType);
  const good = candidates.find((testimony) => objectionTo(testimony, subject, accepts) === undefined);
  if (good !== undefined) return good;
  // The last one attached is the one that somebody expects to count.
  const last = candidates.at(-1);
  const objection = last === undefined ? undefined : objectionTo(last, subject, accepts);
  if (objection !== undefined) throw refused(what, objection);
  const broken = failures.findLast(({ bundle }) => bundle.predicateHint === predicateType);
  if (broken !== undefined) throw refused(what, broken.error);
  const found = [...new Set(testimonies.map(({ statement }) => predicateName(statement.predicateType)))];
  throw new PublishError(
    "PUBLISH_UNATTESTED",
    `verifying ${what}: expected a signed statement, found ${found.length === 0 ? "none at all" : `only ${found.join(", ")}`}`,
    { hint: "publish the image with --attest sbom,provenance, or require less" },
  );
}

/** The objection's own sentence says what was expected and found; ours says of what. */
function refused(what: string, objection: EngineError): PublishError {
  const problem = objection.message.replace(/^verifying the [a-z ]+: /, "");
  return new PublishError("PUBLISH_POLICY", `verifying ${what}: ${problem}`, {
    cause: objection,
    hint: "do not use this image unless you know why it differs",
  });
}

function nothingRequired(): PublishError {
  return new PublishError(
    "PUBLISH_OPTIONS",
    "reading the policy: expected at least one required predicate, found none",
    {
      hint: "require spdx, provenance, or both",
    },
  );
}
