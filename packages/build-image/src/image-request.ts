import type { ImageInputs } from "./image-inputs.ts";
import type { ResolvedImage } from "./resolve-packages.ts";

/** What an image is to be made of. */
export interface ImageRequest {
  readonly inputs: ImageInputs;
  readonly resolved: ResolvedImage;
}
