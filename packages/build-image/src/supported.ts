import type { ImageConfig } from "@apkmill/config";
import { ImageError } from "./image-error.ts";

/** Refuses what would otherwise be left out without a word. @throws ImageError IMAGE_UNSUPPORTED naming every such key */
export function requireSupported(config: ImageConfig, file: string): void {
  const keys = [
    ...(config.contents.baseImage === undefined ? [] : ["contents.baseimage"]),
    ...(config.certificates === undefined ||
    (config.certificates.additional.length === 0 && config.certificates.providers.length === 0)
      ? []
      : ["certificates"]),
    ...(config.entrypoint.type === "service-bundle" || Object.keys(config.entrypoint.services).length > 0
      ? ["entrypoint.services"]
      : []),
  ];
  if (keys.length === 0) return;
  throw new ImageError("IMAGE_UNSUPPORTED", `${file}: ${keys.join(", ")} cannot be built yet`, {
    hint: "remove the keys, or build this image with apko",
    context: { file },
  });
}
