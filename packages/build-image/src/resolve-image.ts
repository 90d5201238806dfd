import type { Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { assembleInputs } from "./image-inputs.ts";
import type { ImageRequest } from "./image-request.ts";
import { loadImage } from "./load-image.ts";
import { resolvePackages } from "./resolve-packages.ts";

/**
 * Reads the configuration and chooses the packages: those of the lock where one is given, and of the repositories otherwise.
 * @throws ConfigError · ImageError IMAGE_…, IMAGE_LOCK_… · ApkError KEY_…, INDEX_…, APK_UNSATISFIABLE · CoreError HTTP_…
 */
export async function resolveImage(ports: Ports, options: ImageOptions): Promise<ImageRequest> {
  const loaded = await loadImage(ports, options);
  if (options.lockfile !== undefined) {
    const { requestFromLock } = await import("./locked-image.ts");
    return requestFromLock(ports, options, loaded, options.lockfile);
  }
  const inputs = await assembleInputs(ports, loaded.config, options);
  return { inputs, resolved: await resolvePackages(ports, inputs, options) };
}
