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

/** By what tells platforms apart, however they are spelled. */
export function platformsByKey(platforms: readonly ImagePlatform[]): ReadonlyMap<string, ImagePlatform> {
  return new Map(platforms.map((one) => [platformKey(one.platform), one]));
}

/** OCI's name of a platform's architecture. Only arm has variants that are architectures of their own. */
export function archOf({ platform: { architecture, variant } }: ImagePlatform): string {
  return architecture === "arm" && variant !== undefined ? `arm/${variant}` : architecture;
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
