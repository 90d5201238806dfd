import { digestOf, type Digest } from "@apkmill/core";
import type { Reference } from "./reference.ts";
import { attachReferrers, listReferrers, type ReferrerManifest, type ReferrersRoute } from "./referrers.ts";
import { getBlob, hasBlob, openBlob, pushBlob, type BlobOutcome } from "./registry-blobs.ts";
import {
  getManifest,
  listTags,
  putManifest,
  type AcceptedManifest,
  type PutManifestOptions,
  type ServedManifest,
} from "./registry-manifests.ts";
import { openTransport, type RegistryPorts, type TransportOptions } from "./registry-transport.ts";
import type { BlobSource } from "./registry-upload.ts";
import type { Descriptor } from "./values.ts";

/**
 * One repository of one registry, spoken to as the OCI distribution specification 1.1 says. Everything that is read
 * is hashed: bytes that do not have the digest asked for are refused (OciError REGISTRY_CONTENT_CHANGED).
 */
export interface RegistryClient {
  readonly registry: string;
  readonly repository: string;
  hasBlob(digest: Digest): Promise<boolean>;
  /** Uploads a blob unless it is there; `mountFrom` names another repository of this registry that has it. */
  pushBlob(source: BlobSource, mountFrom?: string): Promise<BlobOutcome>;
  /** A blob's bytes. @throws CoreError LIMIT_EXCEEDED */
  getBlob(digest: Digest, limitBytes: number): Promise<Buffer>;
  /** A blob as a stream that throws at its end when the bytes were others. */
  openBlob(digest: Digest, limitBytes: number): AsyncIterable<Uint8Array>;
  /** The manifest behind a tag or digest, or undefined. */
  getManifest(reference: string): Promise<ServedManifest | undefined>;
  /** Stores a manifest under its digest. */
  putManifest(bytes: Uint8Array, mediaType: string, options?: PutManifestOptions): Promise<AcceptedManifest>;
  /** Points a tag at a manifest, whose bytes are sent again, as the specification wants it. */
  putTag(tag: string, bytes: Uint8Array, mediaType: string): Promise<AcceptedManifest>;
  listTags(): Promise<string[]>;
  /** What is attached to a manifest, found by the referrers API and by the fallback tag. */
  listReferrers(subject: Digest): Promise<Descriptor[]>;
  /** Attaches manifests to their common subject, all at once. */
  attachReferrers(subject: Digest, referrers: readonly ReferrerManifest[]): Promise<ReferrersRoute>;
}

/** A client for the repository of `reference`. Nothing is sent before the first call. */
export function openRegistry(
  ports: RegistryPorts,
  reference: Pick<Reference, "registry" | "repository">,
  options: TransportOptions = {},
): RegistryClient {
  const { registry, repository } = reference;
  const context = { ports, repository, transport: openTransport(ports, reference, options) };
  return {
    registry,
    repository,
    hasBlob: (digest) => hasBlob(context, digest),
    pushBlob: (source, mountFrom) => pushBlob(context, source, mountFrom),
    getBlob: (digest, limitBytes) => getBlob(context, digest, limitBytes),
    openBlob: (digest, limitBytes) => openBlob(context, digest, limitBytes),
    getManifest: (wanted) => getManifest(context, wanted),
    putManifest: (bytes, mediaType, put) => putManifest(context, digestOf(bytes), bytes, mediaType, put),
    putTag: (tag, bytes, mediaType) => putManifest(context, tag, bytes, mediaType),
    listTags: () => listTags(context),
    listReferrers: (subject) => listReferrers(context, subject),
    attachReferrers: (subject, referrers) => attachReferrers(context, subject, referrers),
  };
}
