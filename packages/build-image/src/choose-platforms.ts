import { toPlatform } from "@apkmill/apk";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { platformKey, platformText } from "./built-image.ts";
import { ImageError } from "./image-error.ts";

/** The platforms of architectures, in any spelling and in the image's order; all of them when none is named. @throws ImageError IMAGE_CONTENT */
export function choosePlatforms(image: OpenedImage, archs: readonly string[]): readonly ImagePlatform[] {
  if (archs.length === 0) return image.platforms;
  const chosen = new Set(archs.map((arch) => platformOf(image, arch)));
  return image.platforms.filter((platform) => chosen.has(platform));
}

/** The platform of an architecture. @throws ImageError IMAGE_CONTENT */
export function platformOf(image: OpenedImage, arch: string): ImagePlatform {
  const found = image.platforms.find(({ platform }) => platformKey(platform) === platformText(toPlatform(arch)));
  if (found !== undefined) return found;
  const there = image.platforms.map(({ platform }) => platformText(platform)).join(", ");
  throw new ImageError("IMAGE_CONTENT", `${image.name} has no image for ${arch}: it has ${there}`, {
    hint: "choose one of them with --arch",
  });
}
