import { toPlatform } from "@apkmill/apk";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { platformText } from "./built-image.ts";
import { ImageError } from "./image-error.ts";

/** The platforms of architectures, in any spelling and in the image's order; all of them when none is named. @throws ImageError IMAGE_CONTENT */
export function choosePlatforms(image: OpenedImage, archs: readonly string[]): readonly ImagePlatform[] {
  if (archs.length === 0) return image.platforms;
  const chosen = new Set(archs.map((arch) => platformOf(image, arch)));
  return image.platforms.filter((platform) => chosen.has(platform));
}

/** The platform of an architecture. @throws ImageError IMAGE_CONTENT */
export function platformOf(image: OpenedImage, arch: string): ImagePlatform {
  const found = image.platforms.find(({ platform }) => isSameText(platformText(platform), arch));
  if (found !== undefined) return found;
  const there = image.platforms.map(({ platform }) => platformText(platform)).join(", ");
  throw new ImageError("IMAGE_CONTENT", `${image.name} has no image for ${arch}: it has ${there}`, {
    hint: "choose one of them with --arch",
  });
}

/** Others write `linux/arm64/v8` for what has one variant only. */
function isSameText(there: string, arch: string): boolean {
  return there.replace(/^(linux\/arm64)\/v8$/, "$1") === platformText(toPlatform(arch));
}
