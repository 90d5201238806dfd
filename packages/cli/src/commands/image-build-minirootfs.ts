import { buildMinirootfs, type BuiltMinirootfs } from "@apkmill/build-image";
import { formatByteSize } from "@apkmill/core";
import { defineCommand } from "../command.ts";
import { counted } from "../counted.ts";
import { buildTimeOf } from "./build-time.ts";
import { sbomFormatsOf, sbomOptions } from "./image-build.ts";
import { imageOptionsOf, lockfileOption, packageOptions } from "./image-options.ts";
import { namedArch } from "./named-archs.ts";

export const imageBuildMinirootfs = defineCommand({
  summary:
    "Writes the root file system of an apko configuration as one tar, gzipped where its name ends in .gz or .tgz.",
  positionals: "CONFIG OUTPUT",
  arity: [2, 2],
  example: "apkmill image build-minirootfs --build-arch x86_64 apko.yaml rootfs.tar.gz",
  options: {
    ...packageOptions,
    ...lockfileOption,
    "build-arch": { kind: "text", value: "ARCH", help: "architecture (default: this machine's)" },
    "build-date": {
      kind: "text",
      value: "RFC3339",
      help: "time of what is generated (default: SOURCE_DATE_EPOCH, or that of the newest package)",
    },
    vcs: { kind: "flag", help: "name the git checkout of the configuration in the SBOM" },
    sbom: { kind: "flag", default: true, help: "write SBOM files into --sbom-path" },
    ...sbomOptions,
    "sbom-path": { kind: "text", value: "DIR", help: "where the SBOM files go (default: none are written)" },
  },
  async run(ports, { options, positionals: [configPath = "", output = ""] }) {
    const { "build-date": date, "sbom-path": sbomPath } = options;
    const arch = namedArch(options["build-arch"]);
    const epoch = ports.env["SOURCE_DATE_EPOCH"];
    const dated = date !== undefined || (epoch !== undefined && epoch !== "");
    const built = await buildMinirootfs(ports, {
      ...imageOptionsOf(configPath, { ...options, arch: [arch] }),
      arch,
      output,
      vcs: options.vcs,
      dryRun: options["dry-run"],
      ...sbomFormatsOf(options["sbom-formats"]),
      ...(options.sbom && sbomPath !== undefined ? { sbomPath } : {}),
      ...(dated ? { buildDate: buildTimeOf(date, epoch) } : {}),
    });
    return { json: built, text: describe(built) };
  },
});

function describe({ path, arch, packages, digest, sizeBytes = 0, sboms }: BuiltMinirootfs): string {
  const written = digest === undefined ? "nothing was written" : `${path}  ${formatByteSize(sizeBytes)}  ${digest}`;
  return [`${arch}  ${counted(packages.length, "package")}`, ...Object.values(sboms), written].join("\n");
}
