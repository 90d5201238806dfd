import { readFile } from "node:fs/promises";

/** An SBOM in either format, in the words of NTIA's minimum elements. */
export interface SbomElements {
  readonly author: readonly string[];
  readonly timestamp: string;
  readonly components: readonly SbomComponent[];
}

export interface SbomComponent {
  readonly id: string;
  readonly supplier: string;
  readonly name: string;
  readonly version: string;
  /** A package URL, or the digest of the content; where there is neither, the identifier in the document. */
  readonly uniqueId: string;
  /** Ids of what it is in any relation to, in either direction. */
  readonly related: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Reads the elements of what is in the image, by the specifications and nothing of ours. */
export async function readElements(path: string): Promise<SbomElements> {
  const document = JSON.parse(await readFile(path, "utf8")) as Json;
  return "spdxVersion" in document ? spdxElements(document) : cycloneDxElements(document);
}

/** The package URLs of apks, without qualifiers, as `name version`, sorted. */
export function apksOf({ components }: SbomElements): string[] {
  return components
    .flatMap(({ uniqueId }) => {
      const [, name, version] = /^pkg:apk\/[^/]+\/([^@]+)@([^?]+)/.exec(uniqueId) ?? [];
      return name === undefined ? [] : [`${decodeURIComponent(name)} ${decodeURIComponent(version ?? "")}`];
    })
    .sort();
}

function spdxElements(document: Json): SbomElements {
  const info = objectOf(document["creationInfo"]);
  const relationships = listOf(document["relationships"]);
  const sources = new Set(
    relationships.filter((one) => one["relationshipType"] === "GENERATED_FROM").map((one) => one["relatedSpdxElement"]),
  );
  return {
    author: (info["creators"] as string[] | undefined) ?? [],
    timestamp: textOf(info["created"]),
    components: listOf(document["packages"])
      .filter((one) => !sources.has(one["SPDXID"]))
      .map((one) => ({
        id: textOf(one["SPDXID"]),
        supplier: textOf(one["supplier"]).replace("NOASSERTION", ""),
        name: textOf(one["name"]),
        version: textOf(one["versionInfo"]),
        uniqueId:
          textOf(listOf(one["externalRefs"])[0]?.["referenceLocator"]) ||
          textOf(listOf(one["checksums"])[0]?.["checksumValue"]) ||
          textOf(one["SPDXID"]),
        related: relationships.flatMap(({ spdxElementId: from, relatedSpdxElement: to }) =>
          from === one["SPDXID"] || to === one["SPDXID"]
            ? [from, to].filter((id) => id !== one["SPDXID"]).map(textOf)
            : [],
        ),
      })),
  };
}

function cycloneDxElements(document: Json): SbomElements {
  const metadata = objectOf(document["metadata"]);
  const dependencies = listOf(document["dependencies"]).map((one) => ({
    ref: textOf(one["ref"]),
    needs: (one["dependsOn"] as string[] | undefined) ?? [],
  }));
  return {
    author: listOf(objectOf(metadata["tools"])["components"]).map((one) => textOf(one["name"])),
    timestamp: textOf(metadata["timestamp"]),
    components: [objectOf(metadata["component"]), ...listOf(document["components"])].map((one) => ({
      id: textOf(one["bom-ref"]),
      supplier: textOf(objectOf(one["supplier"])["name"]),
      name: textOf(one["name"]),
      version: textOf(one["version"]),
      uniqueId: textOf(one["purl"]) || textOf(listOf(one["hashes"])[0]?.["content"]) || textOf(one["bom-ref"]),
      related: dependencies.flatMap(({ ref, needs }) => {
        if (ref === one["bom-ref"]) return needs;
        return needs.includes(textOf(one["bom-ref"])) ? [ref] : [];
      }),
    })),
  };
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
