import { inspectImage, type InspectedPlatform } from "@apkmill/build-image";
import { defineCommand } from "../command.ts";

export const imageInspect = defineCommand({
  summary:
    "Says what is inside a layout: configuration, layers with their packages, and every generated entry with its reason.",
  positionals: "LAYOUT",
  arity: [1, 1],
  example: "apkmill image inspect --tree ./hello-image",
  options: {
    tree: { kind: "flag", help: "list every path with type, mode, owner, size, time, hash and link" },
  },
  async run({ limits }, { options, positionals: [path = ""] }) {
    const image = await inspectImage(path, limits, { tree: options.tree });
    return { json: image, text: [`${path}  ${image.digest}`, ...image.platforms.flatMap(describe)].join("\n") };
  },
});

function describe({ platform, digest, config, layers, generated, tree }: InspectedPlatform): string[] {
  return [
    `${platform}  ${digest}`,
    `  entrypoint: ${JSON.stringify(config.Entrypoint ?? [])}  cmd: ${JSON.stringify(config.Cmd ?? [])}  user: ${config.User ?? "root"}`,
    ...layers.map(
      (layer) =>
        `  layer ${layer.digest}  ${layer.sizeBytes} bytes  ${layer.entries} entries  ${layer.kind === "generated" ? "generated" : layer.packages.join(" ")}`,
    ),
    ...generated.map((entry) => `  generated ${entry.type} ${entry.path}: ${entry.reason}`),
    ...(tree ?? []),
  ];
}
