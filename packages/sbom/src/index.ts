export {
  formatSpdx,
  spdxId,
  type ExtractedLicense,
  type SpdxChecksum,
  type SpdxDocument,
  type SpdxExternalRef,
  type SpdxPackage,
  type SpdxRelationship,
} from "./spdx.ts";
export { parseSpdx } from "./parse-spdx.ts";
export { describePackageSpdx, type PackageSbomRequest, type PackageSource } from "./package-document.ts";
export {
  describeImageSpdx,
  type ImageSbomPackage,
  type ImageSbomRequest,
  type OperatingSystem,
} from "./image-document.ts";
export type { ContainerSubject } from "./container.ts";
export { describeIndexSpdx, type IndexSbomRequest } from "./index-document.ts";
export { declareLicense, type DeclaredLicense } from "./license.ts";
export { apkPackageUrl, ociPackageUrl } from "./package-url.ts";
