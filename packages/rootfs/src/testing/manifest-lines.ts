import type { ContentPorts, StoredPackage } from "@apkmill/apk";
import { hashContents } from "../hash-contents.ts";
import { planManifest } from "../manifest.ts";
import type { InstallPlan } from "../plan.ts";

/** The manifest of a plan with all hashes, line by line. */
export async function manifestLines(
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  { entries }: Pick<InstallPlan, "entries">,
): Promise<string[]> {
  return planManifest(await hashContents(ports, packages, entries))
    .split("\n")
    .slice(0, -1);
}
