import { relative } from "node:path";
import { setOutput } from "@apkmill/action-kit";
import type { BuildResult } from "@apkmill/build-apk";

/** Tells later steps what was built. */
export function setOutputs(outDir: string, { packages }: BuildResult): void {
  setOutput("packages", packages);
  setOutput("repository-path", outDir);
  setOutput("checksums", packages.map(({ sha256, path }) => `${sha256}  ${relative(outDir, path)}`).join("\n"));
}
