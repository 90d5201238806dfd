import { buildImage, layeringStrategies, type BuiltImage, type LayeringStrategy } from "@apkmill/build-image";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { buildTimeOf } from "./apk-build.ts";

export const imageBuild = defineCommand({
  summary:
    "Assembles an OCI image from an apko configuration: a layout directory, or a tar for docker load where OUTPUT ends in .tar.",
  positionals: "CONFIG [TAG] [OUTPUT]",
  arity: [1, 3],
  example: "apkmill image build --arch x86_64,aarch64 apko.yaml hello:latest ./hello-image",
  options: {
    arch: { kind: "list", value: "ARCH", help: "architectures (default: those of the configuration)" },
    "repository-append": {
      kind: "list",
      short: "r",
      value: "LOCATION",
      help: "repositories to build from, which the image keeps, each with its mirrors behind `|`",
    },
    "build-repository-append": { kind: "list", short: "b", value: "LOCATION", help: "repositories to build from only" },
    "keyring-append": { kind: "list", short: "k", value: "KEY", help: "public keys of the repositories" },
    "package-append": {
      kind: "list",
      short: "p",
      value: "PACKAGE",
      help: "packages beside those of the configuration",
    },
    "ignore-signatures": { kind: "flag", help: "take indexes as they come, signed or not" },
    "include-paths": { kind: "list", value: "DIR", help: "where included configurations are looked for" },
    "discover-keys": {
      kind: "flag",
      help: "also trust the keys that https repositories and Alpine publish, and write them into the image",
    },
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
    "sbom-path": { kind: "text", value: "DIR", help: "also write the SBOM files there; the layout holds them always" },
    "sbom-formats": { kind: "list", value: "spdx", help: "formats of the SBOMs; spdx is the one there is" },
  },
  async run(ports, { options, positionals: [configPath = "", second, third] }) {
    const { tag, output } = third === undefined ? placeOf(second) : { tag: second, output: third };
    const unknown = options["sbom-formats"].filter((format) => format !== "spdx");
    if (unknown.length > 0)
      throw new CliError("CLI_BAD_VALUE", `--sbom-formats: ${unknown.join(", ")} is not written; spdx is`);
    const epoch = ports.env["SOURCE_DATE_EPOCH"];
    const dated = options["build-date"] !== undefined || (epoch !== undefined && epoch !== "");
    const image = await buildImage(ports, {
      configPath,
      output,
      archs: options.arch,
      repositories: options["repository-append"],
      buildRepositories: options["build-repository-append"],
      keyring: options["keyring-append"],
      packages: options["package-append"],
      ignoreSignatures: options["ignore-signatures"],
      includePaths: options["include-paths"],
      annotations: readAnnotations(options.annotations),
      discoverKeys: options["discover-keys"],
      vcs: options.vcs,
      dryRun: options["dry-run"],
      ...(tag === undefined ? {} : { tag }),
      ...(options.layering === undefined ? {} : { layering: options.layering as LayeringStrategy }),
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

/** `key:value`, split at the first colon, as apko reads them. @throws CliError CLI_BAD_VALUE */
export function readAnnotations(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, key, value] = /^([a-z0-9.-]+):(.+)$/s.exec(text) ?? [];
      if (key === undefined || value === undefined)
        throw new CliError(
          "CLI_BAD_VALUE",
          `annotation ${JSON.stringify(text)}: expected key:value, the key of a-z, 0-9, dots and hyphens`,
        );
      return [key, value];
    }),
  );
}

function describe(image: BuiltImage): string {
  const lines = image.platforms.flatMap(({ platform, digest, layers, packages, rewritten }) => [
    `${platform}  ${digest ?? "(dry run)"}  ${packages.length} packages in ${layers.length} layers`,
    ...(digest === undefined
      ? [
          ...layers.map(({ kind, why, packages: held }) => `  ${kind}: ${held.join(" ")} (${why})`),
          ...rewritten.map(({ package: label, why }) => `  not as it is: ${label} (${why})`),
        ]
      : []),
  ]);
  return [...lines, image.digest === undefined ? "nothing was written" : `${image.layout}  ${image.digest}`].join("\n");
}
