import { malformedAnswer } from "./registry-answers.ts";
import type { Descriptor } from "./values.ts";

/** An image index with everything that stands in it, known to us or not, so that it can be written back unchanged. */
export interface StoredIndex {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly manifests: readonly unknown[];
  /** The entries that are descriptors with a sha256 digest; others are kept but not used. */
  readonly descriptors: readonly Descriptor[];
}

/** JSON → index. @throws OciError REGISTRY_MALFORMED_ANSWER when it is not an image index */
export function parseStoredIndex(what: string, bytes: Buffer, url: string): StoredIndex {
  const raw = parseObject(what, bytes, url);
  const manifests: unknown = raw["manifests"];
  if (raw["schemaVersion"] !== 2 || !Array.isArray(manifests)) {
    throw malformedAnswer(what, "expected an image index, found something else", url);
  }
  return { raw, manifests, descriptors: manifests.flatMap(parseDescriptor) };
}

function parseObject(what: string, bytes: Buffer, url: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw malformedAnswer(what, "expected JSON", url, cause);
  }
  if (isObject(value)) return value;
  throw malformedAnswer(what, "expected a JSON object, found something else", url);
}

function parseDescriptor(value: unknown): Descriptor[] {
  return isDescriptor(value) ? [value] : [];
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isObject(value)) return false;
  const { mediaType, digest, size, artifactType, annotations } = value;
  return (
    typeof mediaType === "string" &&
    typeof digest === "string" &&
    /^sha256:[0-9a-f]{64}$/.test(digest) &&
    Number.isSafeInteger(size) &&
    (artifactType === undefined || typeof artifactType === "string") &&
    (annotations === undefined || isTextRecord(annotations))
  );
}

function isTextRecord(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((inner) => typeof inner === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
