import { createReadStream } from "node:fs";
import { requireWithin, storeStream, type Ports } from "@apkmill/core";
import { requireBytes, requireStream } from "./blob-content.ts";
import { OciError } from "./oci-error.ts";
import type { OpenedImage } from "./opened-image.ts";
import { parseImageIndex } from "./parse-values.ts";
import { readImage, withoutNotes, type ImageBlobs } from "./read-image.ts";
import { formatReference, type Reference } from "./reference.ts";
import { openRegistry, type RegistryClient } from "./registry.ts";
import type { RegistryPorts, TransportOptions } from "./registry-transport.ts";
import { mediaTypes, type Descriptor } from "./values.ts";

/**
 * Opens an image in a registry. The reference is resolved once; from then on only digests count. Layers come through the store:
 * one that is there, as a package's data section is after a build, is not fetched.
 * @throws OciError REGISTRY_…, LAYOUT_CONTENT · CoreError LIMIT_EXCEEDED
 */
export async function openRegistryImage(
  ports: RegistryPorts & Pick<Ports, "store">,
  reference: Reference,
  options: TransportOptions = {},
): Promise<OpenedImage> {
  const client = openRegistry(ports, reference, options);
  const name = formatReference(reference);
  const served = await client.getManifest(reference.digest ?? reference.tag ?? "latest");
  if (served === undefined) throw missing(`reading ${name}: expected an image, found nothing`);
  const { bytes, digest } = served;
  // The body says what it is as well, and a proxy may have changed the header.
  const mediaType = parseImageIndex(bytes) === undefined ? mediaTypes.manifest : mediaTypes.index;
  return readImage(registryBlobs(ports, client, name), { mediaType, digest, size: bytes.length }, withoutNotes);
}

function registryBlobs(ports: RegistryPorts & Pick<Ports, "store">, client: RegistryClient, name: string): ImageBlobs {
  return {
    name,
    read: async (descriptor) => requireBytes(name, descriptor, await readSmall(ports, client, name, descriptor)),
    open: (descriptor) => requireStream(name, descriptor, openStored(ports, client, name, descriptor)),
    malformed: (problem) =>
      new OciError("REGISTRY_MALFORMED_ANSWER", `${name} is no image: ${problem}`, {
        kind: "remote",
        hint: "check the reference: it may be of something else than an image",
      }),
  };
}

const manifestTypes: readonly string[] = [
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
];

async function readSmall(
  { limits }: RegistryPorts,
  client: RegistryClient,
  name: string,
  { mediaType, digest }: Descriptor,
): Promise<Buffer> {
  if (!manifestTypes.includes(mediaType)) return client.getBlob(digest, limits.manifestBytes);
  const served = await client.getManifest(digest);
  if (served === undefined) throw missing(`reading ${name}: expected manifest ${digest}, found nothing`);
  return served.bytes;
}

async function* openStored(
  { store, limits }: RegistryPorts & Pick<Ports, "store">,
  client: RegistryClient,
  name: string,
  { digest, size }: Descriptor,
): AsyncGenerator<Uint8Array> {
  const what = `${name}: layer ${digest}`;
  requireWithin(what, size, limits.downloadBytes, "downloadBytes");
  const fetch = async (): Promise<string> =>
    (await storeStream(store, client.openBlob(digest, size), { what, limitBytes: size, expected: digest })).path;
  const path = (await store.find(digest)) ?? (await fetch());
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) yield chunk as Buffer;
}

function missing(message: string): OciError {
  return new OciError("REGISTRY_NOT_FOUND", message, { kind: "remote", hint: "check the reference" });
}
