export { PublishError, type PublishErrorCode } from "./publish-error.ts";
export { publishImage, type PublishImageOptions, type PublishPorts } from "./publish.ts";
export type { PublishedAttestation, PublishedImage } from "./published.ts";
export type { BlobCounts } from "./push.ts";
export type { AttestationKind } from "./statements.ts";
export { predicateName } from "./predicates.ts";
export type { CertificatePolicy } from "./policy.ts";
export {
  verifyImage,
  type VerifiedImage,
  type VerifiedStatement,
  type VerifyImageOptions,
  type VerifyPolicy,
} from "./verify.ts";
export { gatherProvenance, type ImageProvenanceInputs } from "./image-provenance.ts";
