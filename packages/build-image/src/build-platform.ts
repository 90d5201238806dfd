import type { StoredPackage } from "@apkmill/apk";
import { digestOf, inLanes, requireGoing, type Digest, type Ports } from "@apkmill/core";
import { mediaTypes, type Descriptor, type ImageConfigFile, type ImageManifest, type LayoutBlob } from "@apkmill/oci";
import type { BaseImage } from "./base-image.ts";
import { describeConfigFile } from "./config-file.ts";
import { imageJson, imageTime, sortedRecord } from "./image-json.ts";
import type { ImageInputs } from "./image-inputs.ts";
import type { PlannedLayer } from "./plan-layers.ts";
import type { PlatformPlan } from "./plan-platform.ts";
import { writeLayer, type Compression, type WrittenLayer } from "./write-layer.ts";

export interface BuiltPlatform extends PlatformPlan {
  readonly descriptor: Descriptor;
  readonly configDigest: Digest;
  readonly manifest: ImageManifest;
  /** What `docker load` is to take in place of the manifest's layers; left out where it can take those. */
  readonly dockerLayers?: readonly Digest[];
  readonly blobs: readonly LayoutBlob[];
}

/** While zlib's threads compress one layer, this thread reads for the next. */
const layersAtOnce = 2;

/** Writes the layers into the store and joins them to a manifest. */
export async function buildPlatform(
  ports: Ports,
  { config, annotations, compression, runSettings }: ImageInputs,
  plan: PlatformPlan,
): Promise<BuiltPlatform> {
  const layers = await inLanes(plan.layers, layersAtOnce, async (layer): Promise<DescribedLayer> => {
    requireGoing(ports.signal, "writing the layers");
    const written = await writeLayer(ports, plan.packages, layer, compression);
    const labels = layer.packages.map((index) => pinOf(plan.packages[index]));
    return { ...written, kind: layer.kind, why: whyOf(layer, compression), labels };
  });
  const created = imageTime(plan.createdEpoch);
  const labels = sortedRecord({ ...annotations, "org.opencontainers.image.created": created });
  const described = layers.map((layer) => ({ ...layer, comment: commentOf(layer) }));
  const { platform, user } = plan;
  const own = describeConfigFile(config, { platform, user, layers: described, labels, created, runSettings });
  const below = await belowOf(plan.base, own);
  const configBytes = imageJson(below.config);
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(configBytes), size: configBytes.length },
    layers: [...below.layers, ...layers.map((layer) => describeLayer(layer, compression))],
    annotations: sortedRecord({ ...labels, ...below.annotations }),
  };
  const bytes = imageJson(manifest);
  return {
    ...plan,
    manifest,
    configDigest: manifest.config.digest,
    descriptor: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length, platform },
    blobs: [
      { digest: digestOf(bytes), bytes },
      { digest: manifest.config.digest, bytes: configBytes },
      ...[...below.layers, ...layers].map(({ digest }) => ({ digest, stored: true as const })),
    ],
  };
}

/** The plan knows no compression: a data section that is packed anew is the same tar, and no longer its signer's bytes. */
function whyOf({ kind, why }: PlannedLayer, compression: Compression): string {
  const isRepacked = kind === "verbatim" && compression !== "gzip";
  return isRepacked ? `the package's files as its signer ordered them, compressed anew with ${compression}` : why;
}

interface Below {
  readonly config: ImageConfigFile;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a base image adds to a manifest, and the configuration that it makes of `own`. */
async function belowOf(base: BaseImage | undefined, own: ImageConfigFile): Promise<Below> {
  if (base === undefined) return { config: own, layers: [], annotations: {} };
  const { baseLayers, describeOnBase } = await import("./base-config.ts");
  const annotations = { "org.opencontainers.image.base.digest": base.platform.descriptor.digest };
  return { config: describeOnBase(base, own), layers: baseLayers(base), annotations };
}

interface DescribedLayer extends WrittenLayer, Pick<PlannedLayer, "kind" | "why"> {
  readonly labels: readonly string[];
}

/** A layer says what it is and what it holds, so that whoever has the image can explain it without us. */
function describeLayer({ digest, sizeBytes, kind, why, labels }: DescribedLayer, compression: Compression): Descriptor {
  const held = labels.length === 0 ? {} : { "dev.apkmill.packages": labels.join(" ") };
  const annotations = { "dev.apkmill.layer": kind, ...held, "dev.apkmill.why": why };
  const mediaType = compression === "zstd" ? mediaTypes.layerZstd : mediaTypes.layerGzip;
  return { mediaType, digest, size: sizeBytes, annotations };
}

function commentOf({ kind, labels }: DescribedLayer): string {
  const text = labels.join(" ");
  const short = text.length <= 200 ? text : `${text.slice(0, 200).replace(/ \S*$/, "")} …`;
  return `${kind === "generated" ? "generated entries" : kind}${short === "" ? "" : `: ${short}`}`;
}

/** `name=version`, as a layer's annotation lists what it holds. */
export function pinOf(stored: StoredPackage | undefined): string {
  return stored === undefined ? "" : `${stored.control.name}=${stored.control.version}`;
}
