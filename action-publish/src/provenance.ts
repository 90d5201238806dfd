import type { ProvenanceInputs } from "@apkmill/attest";
import type { Ports } from "@apkmill/core";
import { gatherProvenance } from "@apkmill/publish";
import manifest from "../package.json" with { type: "json" };
import type { PublishRequest } from "./read-request.ts";

/**
 * How the image was built, from the claims of the workflow's verified identity token; undefined where provenance is not asked for. A
 * dry run asks for no token: it must work where there is none, and publishes nothing that would need one.
 */
export async function describeBuild(
  ports: Ports,
  layout: string,
  { attest, dryRun, parameters }: PublishRequest,
): Promise<ProvenanceInputs | undefined> {
  const engineVersion = manifest.version;
  if (!attest.includes("provenance")) return undefined;
  if (dryRun) return { platform: { kind: "local", engineVersion }, externalParameters: parameters };
  return gatherProvenance(ports, { layout, parameters, engineVersion });
}
