import type { Digest } from "@apkmill/core";

type Json = Readonly<Record<string, unknown>>;

/**
 * The digests of the image that a bill of materials says it describes. In SPDX 2.3, of the packages that the document DESCRIBES, in
 * CycloneDX of its `metadata.component`: the SHA-256 checksums, the names (apko's manner) and versions that are digests, and the versions
 * of `pkg:oci` references.
 */
export function describedDigests(document: unknown): Set<Digest> {
  const bill = objectOf(document);
  return new Set(bill["bomFormat"] === "CycloneDX" ? digestsOfComponent(bill) : digestsOfRoots(bill));
}

function digestsOfComponent(bill: Json): Digest[] {
  const component = objectOf(objectOf(bill["metadata"])["component"]);
  const hashes = listOf(component["hashes"])
    .map(objectOf)
    .filter(({ alg }) => alg === "SHA-256")
    .map(({ content }) => content);
  return digestsOf(component["name"], component["version"], hashes, [component["purl"]]);
}

function digestsOfRoots(spdx: Json): Digest[] {
  const roots = new Set<unknown>([
    ...listOf(spdx["documentDescribes"]),
    ...listOf(spdx["relationships"])
      .map(objectOf)
      .filter((one) => one["relationshipType"] === "DESCRIBES" && one["spdxElementId"] === "SPDXRef-DOCUMENT")
      .map((one) => one["relatedSpdxElement"]),
  ]);
  const packages = listOf(spdx["packages"]).map(objectOf);
  return packages.filter((one) => roots.has(one["SPDXID"])).flatMap(digestsOfPackage);
}

function digestsOfPackage(one: Json): Digest[] {
  const checksums = listOf(one["checksums"])
    .map(objectOf)
    .filter(({ algorithm }) => algorithm === "SHA256")
    .map(({ checksumValue }) => checksumValue);
  const references = listOf(one["externalRefs"]).map((ref) => objectOf(ref)["referenceLocator"]);
  return digestsOf(one["name"], one["versionInfo"], checksums, references);
}

/** Whatever a file says stands here as it was read. */
function digestsOf(
  name: unknown,
  version: unknown,
  checksums: readonly unknown[],
  references: readonly unknown[],
): Digest[] {
  const purls = references
    .map(textOf)
    .filter((locator) => locator.startsWith("pkg:oci/"))
    .map((locator) => decoded(/@([^?#]+)/.exec(locator)?.[1] ?? ""));
  const hashes = checksums.map((hex) => `sha256:${textOf(hex).toLowerCase()}`);
  return [textOf(name), textOf(version), ...hashes, ...purls].filter(isDigest);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
