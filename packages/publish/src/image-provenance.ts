import { basename } from "node:path";
import { loadBuildPlatform, type AttestPorts, type ProvenanceInputs } from "@apkmill/attest";
import { digestOfFile, parseDigest, type Digest, type Ports } from "@apkmill/core";
import { readLayout } from "./layout.ts";
import { loadSbom, type SbomPlaces } from "./sboms.ts";

export interface ImageProvenanceInputs extends SbomPlaces {
  /** What the user asked for: configuration, architectures, repositories. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Configuration files that were read. */
  readonly configPaths?: readonly string[];
  readonly engineVersion: string;
}

/**
 * What provenance says of an image in a layout: who built it, from the claims of a verified token or plainly as a local build; what went
 * in, from the SBOMs that were written with it. The digest of a package is that of its data section: its signature covers it, and
 * it is the layer. @throws AttestError ATTEST_PERMISSION, ATTEST_TOKEN · PublishError PUBLISH_LAYOUT, PUBLISH_SBOM_MISSING
 */
export async function gatherProvenance(
  ports: Pick<Ports, "limits"> & AttestPorts,
  inputs: ImageProvenanceInputs,
): Promise<ProvenanceInputs> {
  const image = await readLayout(ports, inputs.layout);
  const documents = await Promise.all(image.platforms.map((platform) => loadSbom(ports, inputs, platform)));
  const configs = (inputs.configPaths ?? []).map(async (path) => ({
    path: basename(path),
    digest: await digestOfFile(path),
  }));
  return {
    platform: await loadBuildPlatform(ports, inputs.engineVersion),
    externalParameters: inputs.parameters,
    packages: documents.flatMap(packagesOf),
    configs: await Promise.all(configs),
  };
}

interface SbomPackage {
  readonly checksums?: readonly { readonly algorithm?: string; readonly checksumValue?: string }[];
  readonly externalRefs?: readonly { readonly referenceType?: string; readonly referenceLocator?: string }[];
}

/** The apk packages of an SPDX document that carry a purl and a SHA-256. */
function packagesOf(document: unknown): { purl: string; digest: Digest }[] {
  const { packages = [] } = document as { readonly packages?: readonly SbomPackage[] };
  return packages.flatMap(({ checksums = [], externalRefs = [] }) => {
    const purl = externalRefs.find(({ referenceLocator }) =>
      referenceLocator?.startsWith("pkg:apk/"),
    )?.referenceLocator;
    const hex = checksums.find(({ algorithm }) => algorithm === "SHA256")?.checksumValue;
    return purl === undefined || hex === undefined ? [] : [{ purl, digest: parseDigest(`sha256:${hex}`) }];
  });
}
