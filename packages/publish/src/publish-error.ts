import { EngineError } from "@apkmill/core";

export type PublishErrorCode =
  /** Options that contradict each other. */
  | "PUBLISH_OPTIONS"
  /** A blob that no manifest of the layout names. */
  | "PUBLISH_LAYOUT"
  /** A reference that an image cannot be published to. */
  | "PUBLISH_TARGET"
  /** An SBOM attestation was asked for and a platform has no SBOM. */
  | "PUBLISH_SBOM_MISSING"
  /** An SBOM that describes another image. */
  | "PUBLISH_SBOM_WRONG"
  /** A tag that does not point to what the caller expects. */
  | "PUBLISH_TAG_MOVED"
  /** What the registry serves is not what was pushed. */
  | "PUBLISH_READ_BACK"
  /** No image behind a reference, or something that is none. */
  | "PUBLISH_IMAGE_MISSING"
  /** A required attestation that is not there. */
  | "PUBLISH_UNATTESTED"
  /** An attestation is there, and none of its kind satisfies the policy. */
  | "PUBLISH_POLICY";

/** Errors of publishing images and of verifying published ones. */
export class PublishError extends EngineError<PublishErrorCode> {}
