export {
  mediaTypes,
  type Descriptor,
  type ImageConfigFile,
  type ImageIndex,
  type ImageManifest,
  type Platform,
} from "./values.ts";
