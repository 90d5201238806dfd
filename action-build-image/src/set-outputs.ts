import { setOutput } from "@apkmill/action-kit";
import type { BuiltImage, BuiltImagePlatform } from "@apkmill/build-image";

/** Tells later steps what was built; objects are JSON, by platform. */
export function setOutputs({ digest, layout, platforms }: BuiltImage): void {
  setOutput("digest", digest ?? "");
  setOutput("layout-path", layout);
  setOutput(
    "digests",
    byPlatform(platforms, (platform) => platform.digest),
  );
  setOutput(
    "sbom-paths",
    byPlatform(platforms, ({ sbom }) => sbom),
  );
  setOutput(
    "cyclonedx-paths",
    byPlatform(platforms, ({ sboms }) => sboms?.cyclonedx),
  );
  setOutput(
    "packages",
    byPlatform(platforms, ({ packages }) => packages),
  );
}

function byPlatform<Value>(
  platforms: readonly BuiltImagePlatform[],
  pick: (platform: BuiltImagePlatform) => Value,
): Record<string, Value> {
  return Object.fromEntries(platforms.map((platform) => [platform.platform, pick(platform)]));
}
