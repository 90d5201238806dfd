import { isRepository, isTag } from "@apkmill/oci";

/** What a path below `/v2/` means (distribution-spec 1.1, "Endpoints"). */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "token" }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: string }
  | { readonly kind: "uploads"; readonly repository: string }
  | { readonly kind: "upload"; readonly repository: string; readonly session: string }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "tags"; readonly repository: string }
  | { readonly kind: "referrers"; readonly repository: string; readonly subject: string };

/** The route of a request path, or undefined when the API has no such path. */
export function parseRoute(path: string): Route | undefined {
  if (path === "/v2" || path === "/v2/") return { kind: "base" };
  if (path === "/token") return { kind: "token" };
  const match = /^\/v2\/(.+?)\/(?:(tags\/list)|(blobs\/uploads)\/([^/]*)|(blobs|manifests|referrers)\/([^/]+))$/.exec(
    path,
  );
  const [, repository = "", tags, uploads, session = "", noun, name = ""] = match ?? [];
  if (!isRepository(repository)) return undefined;
  if (tags !== undefined) return { kind: "tags", repository };
  if (uploads !== undefined)
    return session === "" ? { kind: "uploads", repository } : { kind: "upload", repository, session };
  if (noun === "blobs") return { kind: "blob", repository, digest: name };
  if (noun === "referrers") return { kind: "referrers", repository, subject: name };
  return { kind: "manifest", repository, reference: name };
}

/** True for the digests that this registry names content by. */
export function isDigest(text: string): boolean {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);
}

/** True for text that names a manifest: a tag or a digest. */
export function isManifestReference(text: string): boolean {
  return isDigest(text) || isTag(text);
}
