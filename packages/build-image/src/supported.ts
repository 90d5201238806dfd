import type { ImageConfig } from "@apkmill/config";
import { ImageError } from "./image-error.ts";

/** Refuses what would otherwise be left out without a word. @throws ImageError IMAGE_UNSUPPORTED naming every such key */
export function requireSupported(config: ImageConfig, file: string): void {
  const { contents, entrypoint } = config;
  const unsupported = [
    ...(contents.baseImage === undefined ? [] : ["contents.baseimage"]),
    ...(["", "service-bundle"].includes(entrypoint.type) ? [] : [`entrypoint.type ${JSON.stringify(entrypoint.type)}`]),
  ];
  if (unsupported.length === 0) return;
  throw new ImageError("IMAGE_UNSUPPORTED", `${file}: ${unsupported.join(", ")} cannot be built`, {
    hint: "remove or change what is named",
    context: { file },
  });
}
