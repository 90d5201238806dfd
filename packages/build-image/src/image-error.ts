import { EngineError } from "@apkmill/core";

export type ImageErrorCode =
  /** A key of the configuration, or an option, that is not supported yet. */
  | "IMAGE_UNSUPPORTED"
  /** The configuration names no repository, no package or no architecture to build from. */
  | "IMAGE_NOTHING_TO_BUILD"
  /** An account that cannot be added. */
  | "IMAGE_ACCOUNT"
  /** A certificate that is none. */
  | "IMAGE_CERTIFICATE"
  /** A key of the image's keyring that collides with another. */
  | "IMAGE_KEY"
  /** A path mutation that cannot be made. */
  | "IMAGE_PATH"
  /** Text that cannot be split into words, or an annotation that is none. */
  | "IMAGE_SYNTAX"
  /** Layers that do not give the planned tree: a bug. */
  | "IMAGE_LAYERS"
  /** What an image holds cannot be used as it is. */
  | "IMAGE_CONTENT"
  /** A file that is no lock, or a field of it that cannot be read. */
  | "IMAGE_LOCK_FORMAT"
  /** A lock that was made for another configuration, or with other options. */
  | "IMAGE_LOCK_STALE"
  /** A lock that lacks what a build needs: an architecture, a package's checksum. */
  | "IMAGE_LOCK_INCOMPLETE"
  /** A package that is not the one that the lock names. */
  | "IMAGE_LOCK_CONTENT"
  /** A base image that cannot be built on. */
  | "IMAGE_BASE"
  /** What is asked for would change or remove what the base image has. */
  | "IMAGE_BASE_CHANGED"
  /** A template that uses more than is understood. */
  | "IMAGE_TEMPLATE";

/** Errors of image assembly and of looking into images. */
export class ImageError extends EngineError<ImageErrorCode> {}
