import { digestOf, type Digest, type Logger } from "@apkmill/core";
import {
  mediaTypes,
  type BlobSource,
  type Descriptor,
  type ImageManifest,
  type ReferrerManifest,
  type RegistryClient,
  parseImageManifest,
} from "@apkmill/oci";

/** A sigstore bundle as a registry keeps it: one layer of a manifest whose subject is what was attested. */
export interface StoredBundle {
  /** The digest of the manifest. */
  readonly referrer: Digest;
  /** The digest of the bundle itself. */
  readonly digest: Digest;
  readonly bytes: Buffer;
  /** What the listing says it is about; only a hint, the signed statement decides. */
  readonly predicateHint: string | undefined;
}

const emptyConfig = Buffer.from("{}");
const bundlePrefix = "application/vnd.dev.sigstore.bundle";
/** cosign's own bound is 128 MiB; what admission controllers take is 10 MB. */
const maxBundleBytes = 64 * 1024 * 1024;
/** Each costs two requests and a verification; an image with more has been attested by something that went wild. */
const maxBundles = 256;

/** The blob that every referrer manifest names as its config (image-spec, "Guidance for an Empty Descriptor"). */
export const emptyBlob = blobOf(emptyConfig);

/** Bytes in memory as something to push. */
export function blobOf(bytes: Buffer): BlobSource {
  return {
    digest: digestOf(bytes),
    sizeBytes: bytes.byteLength,
    // eslint-disable-next-line @typescript-eslint/require-await -- one piece, in the shape of a stream
    open: async function* () {
      yield bytes;
    },
  };
}

/** The manifest that attaches a bundle to its subject, in the layout of cosign 3 and actions/attest. */
export function referrerFor(subject: Descriptor, predicateType: string, bundle: Buffer): ReferrerManifest {
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.bundle,
    config: { mediaType: mediaTypes.empty, digest: emptyBlob.digest, size: emptyBlob.sizeBytes },
    layers: [{ mediaType: mediaTypes.bundle, digest: digestOf(bundle), size: bundle.byteLength }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": predicateType,
      // trivy and BuildKit look for this one.
      "in-toto.io/predicate-type": predicateType,
    },
  };
  return { manifest, bytes: Buffer.from(JSON.stringify(manifest)) };
}

/**
 * The sigstore bundles that a registry lists for `subject`. What is listed and is something else, or is gone, is
 * passed over with a line in the log: anybody who may push may attach.
 */
export async function fetchBundles(client: RegistryClient, subject: Digest, log: Logger): Promise<StoredBundle[]> {
  const listed = (await client.listReferrers(subject)).filter(mayBeBundle);
  if (listed.length > maxBundles)
    log.warn(`${subject} has ${String(listed.length)} bundles; looking at the last ${String(maxBundles)}`);
  const bundles: StoredBundle[] = [];
  for (const descriptor of listed.slice(-maxBundles)) {
    const bundle = await fetchBundle(client, subject, descriptor);
    if (bundle === undefined) log.debug(`${descriptor.digest} is listed for ${subject} and is no bundle of it`);
    else bundles.push(bundle);
  }
  return bundles;
}

/** Some tools left the artifact type out of the fallback tag, or wrote the config's. */
function mayBeBundle({ artifactType }: Descriptor): boolean {
  return artifactType === undefined || artifactType === mediaTypes.empty || artifactType.startsWith(bundlePrefix);
}

async function fetchBundle(
  client: RegistryClient,
  subject: Digest,
  descriptor: Descriptor,
): Promise<StoredBundle | undefined> {
  const served = await client.getManifest(descriptor.digest);
  const manifest = served === undefined ? undefined : parseImageManifest(served.bytes);
  const [layer, ...others] = manifest?.layers ?? [];
  if (manifest?.subject?.digest !== subject || layer === undefined || others.length > 0) return undefined;
  if (!layer.mediaType.startsWith(bundlePrefix)) return undefined;
  const bytes = await client.getBlob(layer.digest, maxBundleBytes);
  return {
    referrer: descriptor.digest,
    digest: layer.digest,
    bytes,
    predicateHint: manifest.annotations?.["dev.sigstore.bundle.predicateType"],
  };
}
