import { EngineError } from "@apkmill/core";

export type OciErrorCode =
  /** Text that is not an image reference. */
  | "REFERENCE_MALFORMED"
  /** A credential file or helper that cannot be used. */
  | "REGISTRY_CREDENTIALS"
  /** 401 or 403 after authentication was tried. */
  | "REGISTRY_DENIED"
  /** A repository, manifest or blob that is not there. */
  | "REGISTRY_NOT_FOUND"
  /** Any other refusal; the registry's own error codes are in the message. */
  | "REGISTRY_REFUSED"
  /** 412: another writer was faster. */
  | "REGISTRY_CHANGED_MEANWHILE"
  /** A tag that the registry does not let move. */
  | "REGISTRY_TAG_IMMUTABLE"
  /** An answer that the distribution specification does not allow. */
  | "REGISTRY_MALFORMED_ANSWER"
  /** A realm, redirect or upload location that credentials or content must not be sent to. */
  | "REGISTRY_UNSAFE_TARGET"
  /** Bytes that do not have the digest under which the registry serves them. */
  | "REGISTRY_CONTENT_CHANGED"
  /** A referrer that the registry accepted and then did not list. */
  | "REGISTRY_REFERRER_LOST"
  /** A directory that a layout may not replace. */
  | "LAYOUT_OCCUPIED"
  /** Nothing on disk under the name of an image, which is no reference either. */
  | "LAYOUT_MISSING"
  /** A directory or tar that is no layout of one image. */
  | "LAYOUT_MALFORMED"
  /** A blob of a layout or tar that is absent, or has another size or digest than the layout says. */
  | "LAYOUT_CONTENT";

/** Errors of OCI references, registries, layouts and docker tars. */
export class OciError extends EngineError<OciErrorCode> {}
