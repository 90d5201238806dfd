import type { Digest } from "@apkmill/core";

type Json = Readonly<Record<string, unknown>>;

/**
 * The digests of the image that an SPDX 2.3 document says it describes: of the packages that the document DESCRIBES,
 * the SHA-256 checksums, the names that are digests (apko's manner), and the versions of `pkg:oci` references.
 */
export function describedDigests(document: unknown): Set<Digest> {
  const spdx = objectOf(document);
  const roots = new Set<unknown>([
    ...listOf(spdx["documentDescribes"]),
    ...listOf(spdx["relationships"])
      .map(objectOf)
      .filter((one) => one["relationshipType"] === "DESCRIBES" && one["spdxElementId"] === "SPDXRef-DOCUMENT")
      .map((one) => one["relatedSpdxElement"]),
  ]);
  const packages = listOf(spdx["packages"]).map(objectOf);
  return new Set(packages.filter((one) => roots.has(one["SPDXID"])).flatMap(digestsOfPackage));
}

function digestsOfPackage(one: Json): Digest[] {
  const checksums = listOf(one["checksums"])
    .map(objectOf)
    .filter(({ algorithm }) => algorithm === "SHA256")
    .map(({ checksumValue }) => `sha256:${String(checksumValue).toLowerCase()}`);
  const purls = listOf(one["externalRefs"])
    .map((ref) => textOf(objectOf(ref)["referenceLocator"]))
    .filter((locator) => locator.startsWith("pkg:oci/"))
    .map((locator) => decoded(/@([^?#]+)/.exec(locator)?.[1] ?? ""));
  return [textOf(one["name"]), textOf(one["versionInfo"]), ...checksums, ...purls].filter(isDigest);
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
