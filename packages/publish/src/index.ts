export { PublishError, type PublishErrorCode } from "./publish-error.ts";
export type { PublishImageOptions } from "./publish.ts";
export type { PublishedAttestation, PublishedImage } from "./published.ts";
export type { BlobCounts } from "./push.ts";
export type { AttestationKind } from "./statements.ts";
export { predicateName, predicateTypes } from "./predicates.ts";
export type { SignerPolicy } from "./policy.ts";
export type { VerifiedImage, VerifiedStatement, VerifyImageOptions, VerifyPolicy } from "./verify.ts";
