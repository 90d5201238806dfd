import { basename } from "node:path";
import { loadBuildPlatform, type AttestPorts, type ProvenanceInputs } from "@apkmill/attest";
import { digestOfFile, parseDigest, type Digest, type Ports } from "@apkmill/core";
import { readLayout } from "./layout.ts";
import { loadSboms, type LoadedSbom, type SbomPlaces } from "./sboms.ts";

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
  const sboms = await Promise.all(image.platforms.map((platform) => loadSboms(ports, inputs, platform)));
  const configs = (inputs.configPaths ?? []).map(async (path) => ({
    path: basename(path),
    digest: await digestOfFile(path),
  }));
  return {
    platform: await loadBuildPlatform(ports, inputs.engineVersion),
    externalParameters: inputs.parameters,
    packages: sboms.flatMap((ofPlatform) => ofPlatform.slice(0, 1).flatMap(packagesOf)),
    configs: await Promise.all(configs),
  };
}

/** What both forms of a bill say of an apk package, under the names of either. */
interface SbomPackage {
  readonly purl?: string;
  readonly externalRefs?: readonly { readonly referenceLocator?: string }[];
  readonly hashes?: readonly { readonly alg?: string; readonly content?: string }[];
  readonly checksums?: readonly { readonly algorithm?: string; readonly checksumValue?: string }[];
}

interface SbomDocument {
  readonly packages?: readonly SbomPackage[];
  readonly components?: readonly SbomPackage[];
}

/** The apk packages of a bill that carry a purl and a SHA-256. Two forms of one platform's bill say the same. */
function packagesOf({ kind, document }: LoadedSbom): { purl: string; digest: Digest }[] {
  const { packages = [], components = [] } = document as SbomDocument;
  return (kind === "spdx" ? packages : components).flatMap((one) => {
    const references = [one.purl, ...(one.externalRefs ?? []).map(({ referenceLocator }) => referenceLocator)];
    const purl = references.find((reference) => reference?.startsWith("pkg:apk/"));
    const hex =
      one.checksums?.find(({ algorithm }) => algorithm === "SHA256")?.checksumValue ??
      one.hashes?.find(({ alg }) => alg === "SHA-256")?.content;
    return purl === undefined || hex === undefined ? [] : [{ purl, digest: parseDigest(`sha256:${hex}`) }];
  });
}
