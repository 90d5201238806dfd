import { hexOf, type Ports } from "@apkmill/core";
import type { WantedStatement } from "./attest-image.ts";
import type { ManifestBytes, PublishableImage } from "./image.ts";
import { predicateTypes } from "./predicates.ts";
import { loadSbom, type SbomPlaces } from "./sboms.ts";

/** The kinds of attestation that publishing can make. */
export type AttestationKind = "sbom" | "provenance";

export interface StatementInputs extends SbomPlaces {
  readonly attest: readonly AttestationKind[];
  /** The body of the provenance; the same for every manifest of one build. */
  readonly provenance?: unknown;
}

/**
 * What is to be said about an image published as `name`: of each platform its SBOM and the provenance, of the index
 * the provenance. A verifier that resolves a platform's manifest finds all it needs there; one that stops at the index
 * finds who built it. @throws PublishError PUBLISH_SBOM_MISSING, PUBLISH_SBOM_WRONG
 */
export async function describeStatements(
  ports: Pick<Ports, "limits">,
  name: string,
  image: PublishableImage,
  inputs: StatementInputs,
): Promise<WantedStatement[]> {
  const wanted: WantedStatement[] = [];
  for (const platform of inputs.attest.includes("sbom") ? image.platforms : []) {
    wanted.push(about(name, platform, predicateTypes.spdx, await loadSbom(ports, inputs, platform)));
  }
  if (!inputs.attest.includes("provenance")) return wanted;
  const single = image.platforms.some(({ descriptor }) => descriptor.digest === image.index.descriptor.digest);
  for (const manifest of single ? image.platforms : [...image.platforms, image.index]) {
    wanted.push(about(name, manifest, predicateTypes.provenance, inputs.provenance));
  }
  return wanted;
}

function about(
  name: string,
  { descriptor }: ManifestBytes,
  predicateType: string,
  predicate: unknown,
): WantedStatement {
  const subject = [{ name, digest: { sha256: hexOf(descriptor.digest) } }];
  return { subject: descriptor, statement: { subject, predicateType, predicate } };
}
