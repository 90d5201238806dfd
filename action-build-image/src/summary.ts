import { code, formatSize, heading, table } from "@apkmill/action-kit";
import type { BuiltImage, BuiltImagePlatform } from "@apkmill/build-image";
import type { ImageTest } from "./test-image.ts";

/** The job summary: the platforms, then the layers of each with what is in them. */
export function describeSummary(image: BuiltImage, tests: readonly ImageTest[]): string[] {
  return [
    heading(`Image ${image.digest ?? ""}`),
    table(
      ["Platform", "Digest", "Packages", "Layers", "Size", ...(tests.length === 0 ? [] : ["Test"])],
      image.platforms.map((platform) => [...platformRow(platform), ...testCell(tests, platform)]),
    ),
    ...image.platforms.flatMap(({ platform, layers }) => [
      heading(`Layers of ${platform}`),
      table(["Layer", "Size", "Kind", "Packages"], layers.map(layerRow)),
    ]),
  ];
}

function platformRow({ platform, digest, packages, layers }: BuiltImagePlatform): string[] {
  const sizeBytes = layers.reduce((sum, layer) => sum + (layer.sizeBytes ?? 0), 0);
  return [platform, code(digest ?? ""), String(packages.length), String(layers.length), formatSize(sizeBytes)];
}

function testCell(tests: readonly ImageTest[], { platform }: BuiltImagePlatform): string[] {
  return tests.filter((test) => test.platform === platform).map(({ verdict }) => verdict);
}

function layerRow({ digest, sizeBytes, kind, packages }: BuiltImagePlatform["layers"][number]): string[] {
  return [code((digest ?? "").slice(0, 19)), formatSize(sizeBytes ?? 0), kind, packages.join(" ")];
}
