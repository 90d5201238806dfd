import {
  layeringStrategies,
  verifyBuild,
  type BuildDifference,
  type LayeringStrategy,
  type VerifiedBuild,
} from "@apkmill/build-image";
import { defineCommand } from "../command.ts";
import { buildTimeOf } from "./build-time.ts";
import { readAnnotations } from "./annotations.ts";
import { imageOptions, imageOptionsOf, lockfileOption, runSettingsOf, runSettingsOptions } from "./image-options.ts";

export const imageVerifyBuild = defineCommand({
  summary:
    "Builds an image again from its configuration, and says equal, or what differs: packages, configuration, layers, files. Without a lock, of the packages that the image lists, where signed indexes still have them.",
  positionals: "LAYOUT CONFIG",
  arity: [2, 2],
  example: "apkmill image verify-build --lockfile apko.lock.json ./hello-image apko.yaml",
  options: {
    ...imageOptions,
    ...lockfileOption,
    vcs: { kind: "flag", help: "the image was built with --vcs" },
    annotations: {
      kind: "list",
      value: "KEY:VALUE",
      verbatim: true,
      help: "annotations that it was built with beside those of the configuration",
    },
    "build-date": { kind: "text", value: "RFC3339", help: "creation time (default: what the image says)" },
    layering: {
      kind: "text",
      value: layeringStrategies.join("|"),
      help: "how it was layered (default: what gives its layers)",
    },
    ...runSettingsOptions,
  },
  async run(ports, { options, positionals: [layout = "", configPath = ""] }) {
    const date = options["build-date"];
    const verified = await verifyBuild(ports, layout, {
      ...imageOptionsOf(configPath, options),
      ...runSettingsOf(options),
      annotations: readAnnotations(options.annotations),
      vcs: options.vcs,
      ...(options.layering === undefined ? {} : { layering: options.layering as LayeringStrategy }),
      ...(date === undefined ? {} : { buildDate: buildTimeOf(date, undefined) }),
    });
    return { json: verified, text: describe(layout, verified), exitCode: verified.equal ? 0 : 1 };
  },
});

/** More than a person reads; `--json` has all of them. */
const shown = 50;

function describe(layout: string, { equal, digest, rebuilt, differences }: VerifiedBuild): string {
  if (equal) return `${layout} is equal to what its configuration gives: ${digest}`;
  const lines = differences.slice(0, shown).flatMap(describeDifference);
  const more = differences.length - shown;
  return [
    `${layout} differs: it is ${digest}, ${rebuilt === undefined ? "and cannot be built again" : `and ${rebuilt} was built`}`,
    ...lines,
    ...(more > 0 ? [`and ${String(more)} more`] : []),
  ].join("\n");
}

function describeDifference({ platform, what, name, image, rebuilt }: BuildDifference): string[] {
  return [
    `${platform === undefined ? "" : `${platform}  `}${what} ${name}`,
    `  image:   ${image ?? "nothing"}`,
    `  rebuilt: ${rebuilt ?? "nothing"}`,
  ];
}
