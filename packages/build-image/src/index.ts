export { buildImage, type BuildImageOptions, type BuiltImage, type BuiltImagePlatform } from "./build-image.ts";
export { ImageError, type ImageErrorCode } from "./image-error.ts";
export type { LayeringStrategy } from "./plan-layers.ts";
export {
  inspectImage,
  type GeneratedEntry,
  type InspectedImage,
  type InspectedLayer,
  type InspectedPlatform,
} from "./inspect-image.ts";
export { platformOf, prepareRun, type PreparedRun, type RunOptions } from "./run-image.ts";
export { unpackImage } from "./unpack-image.ts";
