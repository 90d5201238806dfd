import { parseDigest, type Digest } from "@apkmill/core";
import { OciError } from "./oci-error.ts";

/** Where an image is: `registry/repository`, with a tag, a digest or both. */
export interface Reference {
  /** Host and port as the user names the registry, lower case; Docker Hub is `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** RFC 1123 labels, an IPv4 address or a bracketed IPv6 address, and a port. */
const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** distribution-spec, "Pulling manifests": the grammar of <name>, one component of it. */
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const maxRepositoryLength = 255;
const maxReferenceLength = 1024;

/**
 * Text → reference, as Docker reads it: the first component is a registry when it holds a dot or a colon or is
 * `localhost`; otherwise the image is on Docker Hub, in `library/` when it has one component. Without tag and digest
 * the tag is `latest`. @throws OciError REFERENCE_MALFORMED
 */
export function parseReference(text: string): Reference {
  if (text.length > maxReferenceLength) throw malformed(text, `at most ${String(maxReferenceLength)} characters`);
  const [name, digestText, ...more] = text.split("@");
  if (name === undefined || more.length > 0) throw malformed(text, "at most one @");
  const { rest, tag } = splitTag(name);
  if (tag !== undefined && !isTag(tag)) throw malformed(text, "a tag of letters, digits, _ . - (at most 128)");
  const digest = digestText === undefined ? undefined : readDigest(text, digestText);
  const { registry, repository } = splitRegistry(rest);
  if (!isRegistryHost(registry)) throw malformed(text, "a host name and an optional port before the first /");
  if (!isRepository(repository)) {
    throw malformed(text, "a repository of lower-case letters and digits, separated by / . _ or -");
  }
  return {
    registry,
    repository,
    ...(tag === undefined ? (digest === undefined ? { tag: "latest" } : {}) : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The canonical text of a reference; parsing it gives the reference back. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${repositoryName(reference)}${tag}${digest}`;
}

/** `registry/repository` without tag and digest: the name that attestations and errors use. */
export function repositoryName(reference: Pick<Reference, "registry" | "repository">): string {
  return `${reference.registry}/${reference.repository}`;
}

/** True for text that may stand as a tag in a URL. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** True for a repository name that may stand in a URL. */
export function isRepository(text: string): boolean {
  return text.length <= maxRepositoryLength && text.split("/").every((component) => componentPattern.test(component));
}

/** True for a lower-case host with an optional port. */
export function isRegistryHost(text: string): boolean {
  return text.length <= maxRepositoryLength && hostPattern.test(text);
}

function splitTag(name: string): { readonly rest: string; readonly tag?: string } {
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  // `host:5000` alone has its colon in the last component too; Docker reads it as repository `host` with tag `5000`.
  return colon < 0 ? { rest: name } : { rest: name.slice(0, colon), tag: name.slice(colon + 1) };
}

function splitRegistry(rest: string): { readonly registry: string; readonly repository: string } {
  const slash = rest.indexOf("/");
  const first = slash < 0 ? "" : rest.slice(0, slash);
  const named = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  if (!named) return { registry: "docker.io", repository: slash < 0 ? `library/${rest}` : rest };
  const registry = first.toLowerCase() === "index.docker.io" ? "docker.io" : first.toLowerCase();
  const repository = rest.slice(slash + 1);
  return {
    registry,
    repository: registry === "docker.io" && !repository.includes("/") ? `library/${repository}` : repository,
  };
}

function readDigest(text: string, digestText: string): Digest {
  try {
    return parseDigest(digestText);
  } catch (cause) {
    throw malformed(text, "sha256: and 64 lower-case hex digits after the @", cause);
  }
}

function malformed(text: string, expected: string, cause?: unknown): OciError {
  return new OciError(
    "REFERENCE_MALFORMED",
    `reading the image reference ${JSON.stringify(text.slice(0, 200))}: expected ${expected}`,
    { cause, hint: "write it as registry/repository:tag or registry/repository@sha256:…" },
  );
}
