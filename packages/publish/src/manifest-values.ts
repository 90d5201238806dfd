import type { Descriptor, ImageIndex, ImageManifest } from "@apkmill/oci";

type Json = Readonly<Record<string, unknown>>;

/**
 * Bytes → image manifest, undefined when they are none. Only what publishing and verifying rely on is looked at; the
 * digest vouches for the rest.
 */
export function parseImageManifest(bytes: Buffer): ImageManifest | undefined {
  const value = parseObject(bytes);
  if (value?.["schemaVersion"] !== 2 || !isDescriptor(value["config"]) || !isDescriptors(value["layers"]))
    return undefined;
  if (value["subject"] !== undefined && !isDescriptor(value["subject"])) return undefined;
  return isAnnotated(value) ? (value as unknown as ImageManifest) : undefined;
}

/** Bytes → image index, undefined when they are none. */
export function parseImageIndex(bytes: Buffer): ImageIndex | undefined {
  const value = parseObject(bytes);
  if (value?.["schemaVersion"] !== 2 || !isDescriptors(value["manifests"])) return undefined;
  return isAnnotated(value) ? (value as unknown as ImageIndex) : undefined;
}

function parseObject(bytes: Buffer): Json | undefined {
  try {
    const value = JSON.parse(bytes.toString("utf8")) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDescriptors(value: unknown): value is readonly Descriptor[] {
  return Array.isArray(value) && value.every(isDescriptor);
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isObject(value)) return false;
  const { mediaType, digest, size, platform } = value;
  return (
    typeof mediaType === "string" &&
    typeof digest === "string" &&
    /^sha256:[0-9a-f]{64}$/.test(digest) &&
    Number.isSafeInteger(size) &&
    (platform === undefined || isPlatform(platform))
  );
}

function isPlatform(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { os, architecture, variant } = value;
  return [os, architecture, variant ?? ""].every((part) => typeof part === "string");
}

function isAnnotated({ annotations }: Json): boolean {
  return (
    annotations === undefined ||
    (isObject(annotations) && Object.values(annotations).every((text) => typeof text === "string"))
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
