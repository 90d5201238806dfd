import {
  buildImage,
  compressions,
  layeringStrategies,
  sbomFormats,
  type BuiltImage,
  type Compression,
  type LayeringStrategy,
  type SbomFormat,
} from "@apkmill/build-image";
import type { OptionTable } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { readAnnotations } from "./annotations.ts";
import { counted } from "../counted.ts";
import { buildTimeOf } from "./build-time.ts";
import { imageOptions, imageOptionsOf, lockfileOption, runSettingsOf, runSettingsOptions } from "./image-options.ts";

/** Which SBOMs are written. */
export const sbomOptions = {
  "sbom-formats": { kind: "list", value: sbomFormats.join(","), help: "formats of the SBOMs (default spdx)" },
} as const satisfies OptionTable;

export const imageBuild = defineCommand({
  summary:
    "Assembles an OCI image from an apko configuration: a layout directory, or a tar for docker load where OUTPUT ends in .tar.",
  positionals: "CONFIG [TAG] [OUTPUT]",
  arity: [1, 3],
  example: "apkmill image build --arch x86_64,aarch64 apko.yaml hello:latest ./hello-image",
  options: {
    ...imageOptions,
    ...lockfileOption,
    vcs: { kind: "flag", help: "name the git checkout of the configuration in the image's annotations" },
    annotations: {
      kind: "list",
      value: "KEY:VALUE",
      verbatim: true,
      help: "annotations, which win over those of the configuration",
    },
    "build-date": {
      kind: "text",
      value: "RFC3339",
      help: "creation time (default: SOURCE_DATE_EPOCH, or that of the newest package)",
    },
    layering: {
      kind: "text",
      value: layeringStrategies.join("|"),
      help: "which packages become layers (default auto, or what the configuration says)",
    },
    compression: {
      kind: "text",
      value: compressions.join("|"),
      help: "how layers are compressed (default gzip, as the packages have it; zstd writes every layer anew)",
    },
    ...runSettingsOptions,
    "sbom-path": { kind: "text", value: "DIR", help: "also write the SBOM files there; the layout holds them always" },
    sbom: { kind: "flag", default: true, help: "write SBOM files" },
    ...sbomOptions,
  },
  async run(ports, { options, positionals: [configPath = "", second, third] }) {
    const { tag, output } = third === undefined ? placeOf(second) : { tag: second, output: third };
    const epoch = ports.env["SOURCE_DATE_EPOCH"];
    const dated = options["build-date"] !== undefined || (epoch !== undefined && epoch !== "");
    const image = await buildImage(ports, {
      ...imageOptionsOf(configPath, options),
      ...runSettingsOf(options),
      output,
      annotations: readAnnotations(options.annotations),
      vcs: options.vcs,
      dryRun: options["dry-run"],
      ...(tag === undefined ? {} : { tag }),
      ...(options.layering === undefined ? {} : { layering: options.layering as LayeringStrategy }),
      ...(options.compression === undefined ? {} : { compression: options.compression as Compression }),
      ...(options.sbom ? sbomFormatsOf(options["sbom-formats"]) : { sbomFormats: [] }),
      ...(options["sbom-path"] === undefined ? {} : { sbomPath: options["sbom-path"] }),
      ...(dated ? { buildDate: buildTimeOf(options["build-date"], epoch) } : {}),
    });
    return { json: image, text: describe(image) };
  },
});

/** One argument after the configuration is the output when it looks like a path, and the name of the image otherwise. */
function placeOf(second: string | undefined): { tag: string | undefined; output: string } {
  if (second === undefined) return { tag: undefined, output: "./image" };
  return /^[./]|\.tar$|\/$/.test(second) ? { tag: undefined, output: second } : { tag: second, output: "./image" };
}

/** In the order of the list, each once. @throws CliError CLI_BAD_VALUE */
export function sbomFormatsOf(names: readonly string[]): { readonly sbomFormats?: readonly SbomFormat[] } {
  const unknown = names.filter((name) => !sbomFormats.some((format) => format === name));
  if (unknown.length > 0)
    throw new CliError(
      "CLI_BAD_VALUE",
      `--sbom-formats: expected ${sbomFormats.join(" or ")}, found ${JSON.stringify(unknown[0])}`,
    );
  return names.length === 0 ? {} : { sbomFormats: sbomFormats.filter((format) => names.includes(format)) };
}

function describe(image: BuiltImage): string {
  const lines = image.platforms.flatMap(({ platform, digest, base, layers, packages, placed }) => [
    `${platform}  ${digest ?? "(dry run)"}  ${counted(packages.length, "package")} in ${counted(layers.length, "layer")}`,
    ...(base === undefined
      ? []
      : [
          `  on ${base.image}: ${counted(base.packages.length, "package")} in ${counted(base.layers, "layer")}, ${base.digest}`,
        ]),
    ...(digest === undefined
      ? [
          ...layers.map(({ kind, why, packages: held }) => `  ${kind}: ${held.join(" ")} (${why})`),
          ...placed.flatMap(({ package: label, how, why }) =>
            how === "rewritten" || how === "none" ? [`  ${label}: ${how === "none" ? "left out" : how} (${why})`] : [],
          ),
        ]
      : []),
  ]);
  return [...lines, image.digest === undefined ? "nothing was written" : `${image.layout}  ${image.digest}`].join("\n");
}
