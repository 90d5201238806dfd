import { createHash } from "node:crypto";
import type { Answer } from "./loopback.ts";
import type { Draft, RegistryStorage } from "./registry-storage.ts";

/** One upload that has begun. */
export interface UploadSession {
  readonly repository: string;
  readonly draft: Draft;
  sizeBytes: number;
}

/** What the handlers of one registry share. */
export interface RegistryState {
  readonly storage: RegistryStorage;
  readonly sessions: Map<string, UploadSession>;
  readonly referrersApi: boolean;
  readonly referrersPageSize: number;
  readonly mounts: boolean;
  readonly manifestBytes: number;
  readonly immutableTags: boolean;
}

/** The keys under which a registry keeps things. Blobs are kept once; a repository holds links to its own. */
export const keys = {
  blob: (digest: string): string => `blobs/${digest}`,
  link: (repository: string, digest: string): string => `repositories/${flat(repository)}/blobs/${digest}`,
  manifest: (repository: string, digest: string): string => `repositories/${flat(repository)}/manifests/${digest}`,
  mediaType: (repository: string, digest: string): string => `repositories/${flat(repository)}/types/${digest}`,
  tags: (repository: string): string => `repositories/${flat(repository)}/tags`,
  tag: (repository: string, tag: string): string => `repositories/${flat(repository)}/tags/${tag}`,
  referrers: (repository: string, subject: string): string => `repositories/${flat(repository)}/referrers/${subject}`,
};

/** A repository's name as one part of a key; `+` is in no repository's name. */
function flat(repository: string): string {
  return repository.replaceAll("/", "+");
}

/** An error answer as the specification wants it. */
export function refuse(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ errors: [{ code, message }] })),
  };
}

/** The digest of bytes under the algorithm that `like` names. */
export async function digestLike(like: string, source: AsyncIterable<Uint8Array>): Promise<string> {
  const algorithm = like.split(":")[0] ?? "";
  const hash = createHash(algorithm);
  for await (const chunk of source) hash.update(chunk);
  return `${algorithm}:${hash.digest("hex")}`;
}
