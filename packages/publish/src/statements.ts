import {
  describeProvenance,
  describeProvenanceStatement,
  describeSbomStatement,
  subjectOf,
  type ProvenanceInputs,
} from "@apkmill/attest";
import type { Ports } from "@apkmill/core";
import type { WantedStatement } from "./attest-image.ts";
import type { ManifestBytes, PublishableImage } from "./image.ts";
import { PublishError } from "./publish-error.ts";
import { loadSboms, type SbomPlaces } from "./sboms.ts";

/** The kinds of attestation that publishing can make. */
export type AttestationKind = "sbom" | "provenance";

export interface StatementInputs extends SbomPlaces {
  readonly attest: readonly AttestationKind[];
  /** How the image was built; the same for every manifest of it. Needed where `provenance` is attested. */
  readonly provenance?: ProvenanceInputs | undefined;
}

/**
 * What is to be said about an image published as `name`: of each platform its SBOMs and the provenance, of the index
 * the provenance. A verifier that resolves a platform's manifest finds all it needs there; one that stops at the index
 * finds who built it. @throws PublishError PUBLISH_SBOM_MISSING, PUBLISH_SBOM_WRONG
 */
export async function describeStatements(
  ports: Pick<Ports, "limits">,
  name: string,
  image: PublishableImage,
  inputs: StatementInputs,
): Promise<WantedStatement[]> {
  return [
    ...(inputs.attest.includes("sbom") ? await describeSboms(ports, name, image, inputs) : []),
    ...(inputs.attest.includes("provenance") ? describeBuild(name, image, inputs.provenance) : []),
  ];
}

async function describeSboms(
  ports: Pick<Ports, "limits">,
  name: string,
  { platforms }: PublishableImage,
  places: SbomPlaces,
): Promise<WantedStatement[]> {
  const wanted = platforms.map(async (platform) => {
    const { descriptor: subject } = platform;
    const sboms = await loadSboms(ports, places, platform);
    return sboms.map(({ kind, document }) => {
      return { subject, statement: describeSbomStatement(subjectOf(name, subject.digest), document, kind) };
    });
  });
  return (await Promise.all(wanted)).flat();
}

function describeBuild(
  name: string,
  { index, platforms }: PublishableImage,
  inputs: ProvenanceInputs | undefined,
): WantedStatement[] {
  if (inputs === undefined) throw unknownBuild();
  const provenance = describeProvenance(inputs);
  const manifests = new Map<string, ManifestBytes>([...platforms, index].map((one) => [one.descriptor.digest, one]));
  return [...manifests.values()].map(({ descriptor: subject }) => ({
    subject,
    statement: describeProvenanceStatement(subjectOf(name, subject.digest), provenance),
  }));
}

function unknownBuild(): PublishError {
  return new PublishError(
    "PUBLISH_OPTIONS",
    "attesting provenance: expected to be told how the image was built, found nothing",
    {
      hint: "leave provenance out of --attest",
    },
  );
}
