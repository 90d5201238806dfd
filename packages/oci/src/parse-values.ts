import type { Descriptor, ImageConfigFile, ImageIndex, ImageManifest, Platform } from "./values.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Bytes → OCI values. Undefined where they are none: the caller knows how to name the place. Everything that this engine
 * reads of a value is looked at here, so that nothing else has to doubt it; unknown fields pass.
 */
export function parseImageIndex(bytes: Uint8Array): ImageIndex | undefined {
  const value = parseObject(bytes);
  if (value?.["schemaVersion"] !== 2 || !isList(value["manifests"], isDescriptor)) return undefined;
  return isTextMap(value["annotations"]) ? (value as unknown as ImageIndex) : undefined;
}

/** Bytes → image manifest. */
export function parseImageManifest(bytes: Uint8Array): ImageManifest | undefined {
  const value = parseObject(bytes);
  if (value?.["schemaVersion"] !== 2 || !isDescriptor(value["config"])) return undefined;
  if (!isList(value["layers"], isDescriptor) || !isTextMap(value["annotations"])) return undefined;
  return value["subject"] === undefined || isDescriptor(value["subject"])
    ? (value as unknown as ImageManifest)
    : undefined;
}

/** One image of a docker archive's `manifest.json`, as `docker save` writes it; names of members. */
export interface DockerImage {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** Bytes → the images of a docker archive. */
export function parseDockerManifest(bytes: Uint8Array): readonly DockerImage[] | undefined {
  const value = parseJson(bytes);
  return isList(value, isDockerImage) ? (value as unknown as readonly DockerImage[]) : undefined;
}

/** Bytes → image configuration. A missing `config` means that nothing is configured. */
export function parseImageConfigFile(bytes: Uint8Array): ImageConfigFile | undefined {
  const value = parseObject(bytes);
  if (value === undefined || !isPlatform(value) || !isRootfs(value["rootfs"])) return undefined;
  const config = value["config"] ?? {};
  if (!isRunConfig(config) || !isOptionalText(value["created"])) return undefined;
  return { ...value, config } as unknown as ImageConfigFile;
}

/** True for the text of a digest that this engine takes. */
function isDigest(value: unknown): boolean {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isObject(value)) return false;
  const { mediaType, digest, size, platform, artifactType, annotations } = value;
  return (
    typeof mediaType === "string" &&
    isDigest(digest) &&
    Number.isSafeInteger(size) &&
    Number(size) >= 0 &&
    (platform === undefined || isPlatform(platform)) &&
    isOptionalText(artifactType) &&
    isTextMap(annotations)
  );
}

function isPlatform(value: unknown): value is Json & Platform {
  if (!isObject(value)) return false;
  const { architecture, os, variant } = value;
  return typeof architecture === "string" && typeof os === "string" && isOptionalText(variant);
}

function isRootfs(value: unknown): boolean {
  return isObject(value) && value["type"] === "layers" && isList(value["diff_ids"], isDigest);
}

function isDockerImage(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { Config, RepoTags, Layers } = value;
  return isText(Config) && isList(Layers, isText) && isList(RepoTags ?? [], isText);
}

function isRunConfig(value: unknown): value is Json {
  if (!isObject(value)) return false;
  const { Env, Entrypoint, Cmd, User, WorkingDir, StopSignal, Labels, Volumes, ExposedPorts, Healthcheck } = value;
  return (
    [Env, Entrypoint, Cmd].every((list) => list === undefined || list === null || isList(list, isText)) &&
    [User, WorkingDir, StopSignal].every(isOptionalText) &&
    isTextMap(Labels ?? undefined) &&
    [Volumes, ExposedPorts].every((names) => isObject(names ?? {})) &&
    isHealthCheck(Healthcheck ?? {})
  );
}

function isHealthCheck(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { Test, Interval, Timeout, StartPeriod, Retries } = value;
  return (
    isList(Test ?? [], isText) && [Interval, Timeout, StartPeriod, Retries].every((one) => Number.isFinite(one ?? 0))
  );
}

function parseObject(bytes: Uint8Array): Json | undefined {
  const value = parseJson(bytes);
  return isObject(value) ? value : undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown, isItem: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || isText(value);
}

function isTextMap(value: unknown): boolean {
  return value === undefined || (isObject(value) && Object.values(value).every(isText));
}
