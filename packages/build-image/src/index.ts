export { buildImage } from "./build-image.ts";
export type { BuildImageOptions } from "./build-options.ts";
export type { BuiltImage, BuiltImagePlatform, BuiltLayer } from "./built-image.ts";
export { ImageError, type ImageErrorCode } from "./image-error.ts";
export { layeringStrategies, type LayeringStrategy } from "./plan-layers.ts";
export {
  inspectImage,
  type InspectedImage,
  type InspectedLayer,
  type InspectedPackage,
  type InspectedPlatform,
} from "./inspect-image.ts";
export type { GeneratedEntry } from "./explain-entries.ts";
export { platformOf, prepareRun, type PreparedRun, type RunOptions } from "./run-image.ts";
export { unpackImage } from "./unpack-image.ts";
