export { AttestError, type AttestErrorCode } from "./attest-error.ts";
export {
  describeProvenanceStatement,
  describeSbomStatement,
  encodeStatement,
  parseStatement,
  predicateTypes,
  statementPayloadType,
  subjectOf,
  type Statement,
  type Subject,
} from "./statement.ts";
export { buildType, describeProvenance, type Provenance, type ProvenanceInputs } from "./provenance.ts";
export type { SourceState } from "./source-state.ts";
export { localBuilderId, type BuildPlatform } from "./build-platform.ts";
export { loadBuildPlatform } from "./load-build-platform.ts";
export { parseWorkflowClaims, type WorkflowClaims } from "./workflow-claims.ts";
export { obtainIdentityToken, requestWorkflowToken, type IdentityTokenSource } from "./identity-token.ts";
export { openAttestor, signStatements, type Attestor, type AttestPorts, type SigningOptions } from "./attestor.ts";
export { publicServices, type SigningServices } from "./signing-services.ts";
export { loadSigningServices, type SigningServiceOptions } from "./load-signing-services.ts";
export { loadShippedTrustRoot, loadTrustRoot, parseTrustRoot, type TrustRoot } from "./trust-root.ts";
export { parsePattern, requirePolicy, type SignerPolicy } from "./policy.ts";
export type { Signer } from "./signer.ts";
export {
  openBundleVerifier,
  verifyBundle,
  type BundleVerifier,
  type VerifiedBundle,
  type VerifierOptions,
} from "./verify-bundle.ts";
export { verifyArtifactBundle, type VerifiedArtifact, type VerifyArtifactOptions } from "./verify-artifact.ts";
export { requirePredicateType, requireSubject } from "./statement-policy.ts";
