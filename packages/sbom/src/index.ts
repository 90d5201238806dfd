export {
  formatSpdx,
  type SpdxChecksum,
  type SpdxDocument,
  type SpdxExternalRef,
  type SpdxPackage,
  type SpdxRelationship,
} from "./spdx.ts";
export type { CycloneDxComponent, CycloneDxDocument } from "./cyclonedx.ts";
export type { Bill, DocumentLink, DocumentLinks, Part, WrittenBill } from "./bill.ts";
export { parseSpdx, readSpdx } from "./parse-spdx.ts";
export { missingElements, ownElement } from "./embedded-document.ts";
export { formatCpe } from "./cpe.ts";
export { describePackageSpdx, type PackageSbomRequest, type PackageSource } from "./package-document.ts";
export { describeImage, type ImageBillRequest } from "./image-bill.ts";
export type { ApkFacts, ApkMetadata } from "./apk-part.ts";
export type { ContainerSubject } from "./container.ts";
export { describeIndex, type IndexBillRequest } from "./index-bill.ts";
export { describeSpdx, writeSpdx } from "./spdx-document.ts";
export { describeCycloneDx, writeCycloneDx } from "./cyclonedx-document.ts";
export type { DeclaredLicense } from "./license.ts";
export type { ExtractedLicense } from "./license-refs.ts";
export {
  apkPackageUrl,
  genericPackageUrl,
  githubPackageUrl,
  ociPackageUrl,
  type OperatingSystem,
} from "./package-url.ts";
export { sbomFileName, sbomFormats, writeBill, type SbomFormat } from "./formats.ts";
