export { ConfigError, type ConfigErrorCode } from "./config-error.ts";
export type { GroupAccount, ImageConfig, PathMutation, UserAccount } from "./image-config.ts";
export { parseNanoseconds } from "./go-duration.ts";
export { describeImageConfig } from "./image-describe.ts";
export { imageJsonSchema } from "./image-json-schema.ts";
export type { JsonSchema } from "./json-schema.ts";
export { placeInImage } from "./image-places.ts";
export { imageConfigToYaml } from "./image-yaml.ts";
export { loadImageConfig, parseImageConfig, type LoadImageOptions } from "./image-load.ts";
export type {
  BuildOption,
  Copyright,
  Dependencies,
  PackageConfig,
  PackageOptions,
  PackageSection,
  PipelineInput,
  PipelineStep,
  Scriptlets,
  SetCapability,
  Subpackage,
  TestSection,
  VarTransform,
} from "./package-config.ts";
export {
  loadPackageConfig,
  parsePackageConfig,
  sourceDirOf,
  type LoadPackageOptions,
  type ParsePackageOptions,
} from "./package-load.ts";
export { parsePipelineDefinition } from "./step-schema.ts";
export { replaceInCondition } from "./condition-text.ts";
export { placeWithin, type Place, type TextPlace } from "./place.ts";
export { replaceKnown, scanReferences, type Lookup, type TextPart } from "./references.ts";
