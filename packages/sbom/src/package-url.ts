/** Package URLs (purl-spec), of the two kinds that an image has. Qualifiers are sorted and percent-encoded. */

/** What `etc/os-release` says of the image; the scanners' key to its vulnerability data. */
export interface OperatingSystem {
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
}

/**
 * `pkg:apk/wolfi/musl@1.2.5-r1?arch=x86_64&distro=wolfi-20230201&origin=musl`. A package that is named otherwise than its
 * origin says so once more as `upstream`, by which grype finds what is known of the origin.
 */
export function apkPackageUrl(
  {
    name,
    version,
    arch,
    origin,
  }: { readonly name: string; readonly version: string; readonly arch: string; readonly origin: string },
  system: Pick<OperatingSystem, "id" | "versionId"> | undefined,
): string {
  const upstream = origin === name ? "" : origin;
  const distro = system === undefined ? "" : system.versionId === "" ? system.id : `${system.id}-${system.versionId}`;
  return format("apk", system?.id ?? "unknown", name, version, { arch, distro, origin, upstream });
}

/** `pkg:oci/hello@sha256%3A…?arch=amd64&mediaType=…&os=linux`. */
export function ociPackageUrl(name: string, digest: string, qualifiers: Readonly<Record<string, string>>): string {
  return format("oci", undefined, name, digest, qualifiers);
}

function format(
  type: string,
  namespace: string | undefined,
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string>>,
): string {
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`)
    .join("&");
  const path = [
    type,
    ...(namespace === undefined ? [] : [encode(namespace.toLowerCase())]),
    encode(name.toLowerCase()),
  ].join("/");
  return `pkg:${path}${version === "" ? "" : `@${encode(version)}`}${query === "" ? "" : `?${query}`}`;
}

/** Percent-encoding as purl asks: all but unreserved characters, and the colon stays only in a version's place as %3A. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
