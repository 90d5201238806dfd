import { compilePackageFormat, packageFormats, showPackages } from "@apkmill/build-image";
import { defineCommand } from "../command.ts";
import { imageOptions, imageOptionsOf, lockfileOption } from "./image-options.ts";

export const imageShowPackages = defineCommand({
  summary: "Says which packages an image would have, by architecture, in the order in which they are installed.",
  positionals: "CONFIG",
  arity: [1, 1],
  example: "apkmill image show-packages --format packagelock apko.yaml",
  options: {
    ...imageOptions,
    ...lockfileOption,
    format: {
      kind: "text",
      value: "FORMAT",
      default: "name-version",
      help: `${packageFormats.join(", ")}, or a Go template with .Name, .Version and .Source`,
    },
  },
  async run(ports, { options, positionals: [configPath = ""] }) {
    const write = compilePackageFormat(options.format);
    const platforms = await showPackages(ports, imageOptionsOf(configPath, options));
    return { json: { platforms }, text: platforms.flatMap(({ packages }) => packages.map(write)).join("\n") };
  },
});
