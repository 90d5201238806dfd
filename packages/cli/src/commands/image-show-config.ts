import { allArchs, toOciArch } from "@apkmill/apk";
import { describeImageConfig, imageConfigToYaml, loadImageConfig, type ImageConfig } from "@apkmill/config";
import { compareBytes } from "@apkmill/core";
import type { ValuesOf } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { imageOptions } from "./image-options.ts";
import { namedArchs } from "./named-archs.ts";

const options = {
  arch: imageOptions.arch,
  "include-paths": imageOptions["include-paths"],
  "repository-append": imageOptions["repository-append"],
  "build-repository-append": imageOptions["build-repository-append"],
  "keyring-append": imageOptions["keyring-append"],
  "package-append": imageOptions["package-append"],
} as const;

export const imageShowConfig = defineCommand({
  summary:
    "Prints a configuration as it is used: with what it includes, its defaults and what the options add, without credentials.",
  positionals: "CONFIG",
  arity: [1, 1],
  example: "apkmill image show-config apko.yaml",
  options,
  async run({ limits }, { options, positionals: [path = ""] }) {
    const image = await loadImageConfig(path, { includePaths: options["include-paths"], limits });
    const shown = withOptions(image, options);
    return { json: describeImageConfig(shown), text: imageConfigToYaml(shown).replace(/\n$/, "") };
  },
});

/** The configuration that says by itself what it says together with the options of a build. */
function withOptions(image: ImageConfig, given: ValuesOf<typeof options>): ImageConfig {
  const { contents } = image;
  return {
    ...image,
    archs: given.arch.length === 0 ? image.archs : archsOf(namedArchs(given.arch)),
    contents: {
      ...contents,
      repositories: [...contents.repositories, ...given["repository-append"]],
      buildRepositories: [...contents.buildRepositories, ...given["build-repository-append"]],
      keyring: [...contents.keyring, ...given["keyring-append"]],
      packages: [...contents.packages, ...given["package-append"]],
    },
  };
}

function archsOf(names: readonly string[]): readonly string[] {
  return names.join() === "all" ? allArchs : [...new Set(names.map(toOciArch))].sort(compareBytes);
}
