import { code, formatSize, heading, table } from "@apkmill/action-kit";
import type { BuildResult, BuiltPackage } from "@apkmill/build-apk";

/** One line a package, for the log. */
export function describeBuilt({ packages }: BuildResult): string[] {
  return packages.map(
    ({ name, version, arch, sizeBytes, cached }) =>
      `${name}-${version} ${arch}: ${formatSize(sizeBytes)}${cached ? ", unchanged" : ""}`,
  );
}

/** The job summary: one row a package. */
export function describeSummary({ packages, warnings }: BuildResult): string[] {
  return [
    heading(packages.length === 1 ? "1 package" : `${String(packages.length)} packages`),
    table(["Package", "Version", "Arch", "Size", "Installed", "SHA-256", "Built"], packages.map(packageRow)),
    ...(warnings.length === 0
      ? []
      : [
          heading("Warnings"),
          table(
            ["Warning"],
            warnings.map((warning) => [warning]),
          ),
        ]),
  ];
}

function packageRow({ name, version, arch, sizeBytes, installedSizeBytes, sha256, cached }: BuiltPackage): string[] {
  const sizes = [formatSize(sizeBytes), formatSize(installedSizeBytes)];
  return [name, version, arch, ...sizes, code(sha256), cached ? "unchanged, from the store" : "now"];
}
