import { createHash } from "node:crypto";
import { loadImageConfig, type ImageConfig } from "@apkmill/config";
import type { Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { requireCertificates } from "./certificates.ts";
import { requireProcess } from "./process-settings.ts";

/** A configuration, and what a lock knows it by. */
export interface LoadedImage {
  readonly config: ImageConfig;
  /** `sha256-` and base64, over the bytes of the file and of all that it includes, in that order (reference apko §1.6). */
  readonly checksum: string;
}

/** Reads the configuration that the options name. @throws ConfigError CONFIG_… · ImageError IMAGE_SYNTAX, IMAGE_CERTIFICATE */
export async function loadImage(
  { limits }: Pick<Ports, "limits">,
  { configPath, includePaths = [] }: ImageOptions,
): Promise<LoadedImage> {
  const hash = createHash("sha256");
  const onFile = (bytes: Uint8Array): void => void hash.update(bytes);
  const config = await loadImageConfig(configPath, { includePaths, limits, onFile });
  requireProcess(config);
  requireCertificates(config);
  return { config, checksum: `sha256-${hash.digest("base64")}` };
}
