export {
  mediaTypes,
  type Descriptor,
  type HealthCheck,
  type ImageConfigFile,
  type ImageIndex,
  type ImageManifest,
  type Platform,
} from "./values.ts";
export { OciError, type OciErrorCode } from "./oci-error.ts";
export {
  formatReference,
  isRegistryHost,
  isRepository,
  isTag,
  parseReference,
  repositoryName,
  type Reference,
} from "./reference.ts";
export { openRegistry, type RegistryClient } from "./registry.ts";
export type { BlobOutcome } from "./registry-blobs.ts";
export type { BlobSource } from "./registry-upload.ts";
export type { AcceptedManifest, PutManifestOptions, ServedManifest } from "./registry-manifests.ts";
export type { RegistryPorts, TransportOptions } from "./registry-transport.ts";
export type { ReferrerManifest, ReferrersRoute } from "./referrers.ts";
export { fallbackTag } from "./referrers-fallback.ts";
export type { Credentials } from "./auth-config.ts";
export type { ExplicitCredentials } from "./auth-keychain.ts";
export { writeLayout, type LayoutBlob, type LayoutContent } from "./layout-write.ts";
export { openLayout, type Layout } from "./layout-read.ts";
export { openImage } from "./open-image.ts";
export type { ImagePlatform, OpenedImage } from "./opened-image.ts";
export { isIndex } from "./read-image.ts";
export { parseImageConfigFile, parseImageIndex, parseImageManifest } from "./parse-values.ts";
