export { formatSpdx, spdxId, type SpdxDocument, type SpdxPackage, type SpdxRelationship } from "./spdx.ts";
export { describePackageSpdx, type PackageSbomRequest } from "./package-document.ts";
export {
  describeImageSpdx,
  describeIndexSpdx,
  type ImageSbomPackage,
  type ImageSbomRequest,
  type IndexSbomRequest,
  type OperatingSystem,
} from "./image-document.ts";
export { declareLicense, type DeclaredLicense } from "./license.ts";
export { apkPackageUrl, ociPackageUrl } from "./package-url.ts";
