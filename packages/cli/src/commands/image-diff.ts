import {
  diffImages,
  type FileChange,
  type FileState,
  type PackageChange,
  type PlatformDiff,
} from "@apkmill/build-image";
import { formatByteSize } from "@apkmill/core";
import { openImage } from "@apkmill/oci";
import { defineCommand } from "../command.ts";
import { imagePlaceOptions, imagePlaces } from "./image-place-options.ts";
import { namedArchs } from "./named-archs.ts";
import { printableLine } from "./package-text.ts";

export const imageDiff = defineCommand({
  summary: `Says what is different between two images (each ${imagePlaces}): packages, files, sizes and configuration of every platform.`,
  positionals: "FROM TO",
  arity: [2, 2],
  example: "apkmill image diff registry.example.com/acme/hello:1.2 ./hello-image",
  options: {
    ...imagePlaceOptions,
    arch: { kind: "list", value: "ARCH", help: "only these platforms (default: all of them)" },
    "exit-code": { kind: "flag", help: "exit with 1 when there are differences, as git diff does" },
  },
  async run(ports, { options, positionals: [from = "", to = ""] }) {
    const where = { insecureRegistries: options["insecure-registry"] };
    const [old, now] = [await openImage(ports, from, where), await openImage(ports, to, where)];
    const diff = await diffImages(old, now, ports.limits, { archs: namedArchs(options.arch) });
    const title = [`- ${from}  ${diff.from.digest}`, `+ ${to}  ${diff.to.digest}`];
    const lines = diff.equal ? ["no differences"] : diff.platforms.flatMap(describe).map(printableLine);
    return { json: diff, text: [...title, ...lines].join("\n"), exitCode: options["exit-code"] && !diff.equal ? 1 : 0 };
  },
});

function describe({ platform, change, config, layers, packages, files, sizes }: PlatformDiff): string[] {
  if (change !== "changed") return [`${platform}: ${change === "none" ? "no differences" : change}`];
  return [
    platform,
    ...config.map(({ what, from, to }) => `  config ${what}: ${quoted(from)} → ${quoted(to)}`),
    ...packages.map((one) => `  ${describePackage(one)}`),
    ...files.map((one) => `  ${describeFile(one)}`),
    `  layers: ${layers.removed.length} removed, ${layers.added.length} added, ${layers.same} the same`,
    ...describeSize("layers", sizes.from.layersBytes, sizes.to.layersBytes),
    ...describeSize("files", sizes.from.filesBytes, sizes.to.filesBytes),
  ];
}

function quoted(value: string | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function describePackage({ name, from, to }: PackageChange): string {
  const [old, now] = [from?.installedSizeBytes ?? 0, to?.installedSizeBytes ?? 0];
  if (from === undefined) return `+ package ${name}=${to?.version ?? ""} (${signed(now)})`;
  if (to === undefined) return `- package ${name}=${from.version} (${signed(-old)})`;
  const versions = from.version === to.version ? `${from.version}, built again` : `${from.version} → ${to.version}`;
  return `~ package ${name}: ${versions} (${signed(now - old)})`;
}

function describeFile({ path, package: owner, from, to, differs }: FileChange): string {
  const whose = owner === undefined ? "" : ` of ${owner}`;
  if (from === undefined) return `+ ${to?.type ?? "file"} ${path}${whose}${shown(to)}`;
  if (to === undefined) return `- ${from.type} ${path}${whose}`;
  const changes = differs.flatMap((aspect) => {
    switch (aspect) {
      case "type":
        return [`${from.type} → ${to.type}`];
      case "mode":
        return [`mode ${from.mode} → ${to.mode}`];
      case "owner":
        return [`owner ${from.uid}:${from.gid} → ${to.uid}:${to.gid}`];
      case "size":
        return [`${from.sizeBytes} → ${to.sizeBytes} bytes`];
      case "target":
        return [`target ${quoted(from.target)} → ${quoted(to.target)}`];
      case "content":
      case "device":
      case "xattrs":
        return [`other ${aspect}`];
    }
  });
  return `~ ${to.type} ${path}${whose}: ${changes.join(", ")}`;
}

function shown(state: FileState | undefined): string {
  if (state === undefined) return "";
  const { type, mode, uid, gid, sizeBytes } = state;
  const size = type === "file" ? `, ${sizeBytes} bytes` : "";
  return ` (mode ${mode}, owner ${uid}:${gid}${size})`;
}

function describeSize(what: string, from: number | undefined, to: number | undefined): string[] {
  if (from === undefined || to === undefined) return [];
  return [`  size of ${what}: ${formatByteSize(from)} → ${formatByteSize(to)} (${signed(to - from)})`];
}

function signed(bytes: number): string {
  return `${bytes < 0 ? "-" : "+"}${formatByteSize(Math.abs(bytes))}`;
}
