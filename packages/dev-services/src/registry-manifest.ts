/** What a registry needs to know of a manifest that it takes. */
export interface ParsedManifest {
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, unknown>> | undefined;
  /** Digests that must be in the repository as blobs. */
  readonly blobs: readonly string[];
  /** Digests that must be in the repository as manifests. */
  readonly manifests: readonly string[];
  /** May be absent from the repository: referrers can arrive before their subject. */
  readonly subject: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Bytes → manifest, undefined when they are none or are sent under another type than they say. */
export function parseManifest(bytes: Buffer, contentType: string | undefined): ParsedManifest | undefined {
  const value = parseObject(bytes);
  const mediaType = (contentType ?? "").split(";")[0]?.trim() ?? "";
  if (value?.["schemaVersion"] !== 2 || mediaType === "") return undefined;
  if (value["mediaType"] !== undefined && value["mediaType"] !== mediaType) return undefined;
  const config = objectOf(value["config"]);
  const layers = listOf(value["layers"]).filter((layer) => layer["urls"] === undefined);
  const manifests = listOf(value["manifests"]);
  if (!Array.isArray(value["manifests"]) && config["digest"] === undefined) return undefined;
  const artifactType = value["artifactType"] ?? config["mediaType"];
  const subject = objectOf(value["subject"])["digest"];
  return {
    mediaType,
    artifactType: typeof artifactType === "string" ? artifactType : undefined,
    annotations: value["annotations"] === undefined ? undefined : objectOf(value["annotations"]),
    blobs: digestsOf([config, ...layers]),
    manifests: digestsOf(manifests),
    subject: typeof subject === "string" ? subject : undefined,
  };
}

function parseObject(bytes: Buffer): Json | undefined {
  try {
    return objectOf(JSON.parse(bytes.toString("utf8")) as unknown);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function digestsOf(descriptors: readonly Json[]): string[] {
  return descriptors.map((descriptor) => descriptor["digest"]).filter((digest) => typeof digest === "string");
}
