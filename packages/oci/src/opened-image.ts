import type { Descriptor, ImageConfigFile, ImageManifest, Platform } from "./values.ts";

/** One image, wherever it is: in a layout, in a tar or in a registry. Nothing has to be closed. */
export interface OpenedImage {
  /** As the user named it: a path, or a reference. */
  readonly name: string;
  /** What the image is known by: its index, its one manifest, or, where a tar has neither, its configuration. */
  readonly top: Descriptor;
  /** Name of the image inside a layout. */
  readonly refName: string | undefined;
  /** In the order of the index. */
  readonly platforms: readonly ImagePlatform[];
  /** Streams a blob and refuses it at its end when size or digest are not those of the descriptor. */
  open(descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

/** One platform of an image, with the values that its manifest and configuration hold. */
export interface ImagePlatform {
  readonly descriptor: Descriptor;
  readonly platform: Platform;
  readonly manifest: ImageManifest;
  readonly config: ImageConfigFile;
}
