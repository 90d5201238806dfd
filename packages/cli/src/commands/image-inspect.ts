import {
  inspectOpenedImage,
  type InspectedLayer,
  type InspectedPackage,
  type InspectedPlatform,
} from "@apkmill/build-image";
import { formatByteSize } from "@apkmill/core";
import { openImage } from "@apkmill/oci";
import { defineCommand } from "../command.ts";
import { counted } from "../counted.ts";
import { describeRunConfig } from "./describe-run-config.ts";
import { imagePlaceOptions, imagePlaces } from "./image-place-options.ts";
import { namedArchs } from "./named-archs.ts";
import { printableLine } from "./package-text.ts";

export const imageInspect = defineCommand({
  summary: `Says what is inside an image (${imagePlaces}): configuration, layers, packages with who needs them, and every generated entry with its reason.`,
  positionals: "IMAGE",
  arity: [1, 1],
  example: "apkmill image inspect --tree ./hello-image",
  options: {
    ...imagePlaceOptions,
    arch: { kind: "list", value: "ARCH", help: "only these platforms (default: all of them)" },
    tree: { kind: "flag", help: "list every path with type, mode, owner, size, time, hash and link" },
  },
  async run(ports, { options, positionals: [name = ""] }) {
    const opened = await openImage(ports, name, { insecureRegistries: options["insecure-registry"] });
    const image = await inspectOpenedImage(opened, ports.limits, {
      tree: options.tree,
      archs: namedArchs(options.arch),
    });
    return { json: image, text: [`${name}  ${image.digest}`, ...image.platforms.flatMap(describe)].join("\n") };
  },
});

function describe(inspected: InspectedPlatform): string[] {
  const { platform, digest, config, created, author, layers, packages, generated, tree } = inspected;
  const facts = [
    `${platform}  ${digest}`,
    ...(created === "" ? [] : [`  created: ${created}${author === "" ? "" : ` by ${author}`}`]),
    ...describeRunConfig(config).map((line) => `  ${line}`),
    ...layers.map((layer) => `  ${describeLayer(layer)}`),
    ...packages.map((one) => `  ${describePackage(one)}`),
    ...generated.map((entry) => `  generated ${entry.type} ${entry.path}: ${entry.reason}`),
  ];
  return [...facts.map(printableLine), ...(tree ?? []).map(printableRow)];
}

/** Fields of a manifest are divided by tabs. */
function printableRow(row: string): string {
  return row.split("\t").map(printableLine).join("\t");
}

function describeLayer({ digest, sizeBytes, entries, kind, packages }: InspectedLayer): string {
  const size = `${formatByteSize(sizeBytes)}  ${counted(entries, "entry", "entries")}`;
  return `layer ${digest}  ${size}  ${[kind, ...packages].join(" ")}`;
}

function describePackage({ name, version, license, origin, installedSizeBytes, why }: InspectedPackage): string {
  const reasons = [
    ...why.world.map((constraint) => `world has ${constraint}`),
    ...(why.requiredBy.length === 0 ? [] : [`required by ${shorten(why.requiredBy)}`]),
    ...(why.installIf.length === 0 ? [] : [`comes along with ${shorten(why.installIf)}`]),
    ...(why.path.length <= 2 ? [] : [`by way of ${why.path.slice(0, -1).join(" → ")}`]),
  ];
  const from = origin === "" || origin === name ? "" : ` from ${origin}`;
  const facts = [`${name}=${version}${from}`, license, formatByteSize(installedSizeBytes)].filter(
    (text) => text !== "",
  );
  return `package ${facts.join("  ")}: ${reasons.length === 0 ? "nothing asks for it" : reasons.join("; ")}`;
}

/** How many names a person reads; `--json` has all of them. */
const mostShown = 6;

function shorten(names: readonly string[]): string {
  const more = names.length - mostShown;
  return more > 1 ? `${names.slice(0, mostShown).join(", ")} and ${more} more` : names.join(", ");
}
