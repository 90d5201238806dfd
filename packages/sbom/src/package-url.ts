/** Package URLs (purl-spec), of the kinds that images and packages' sources have. Qualifiers are sorted and percent-encoded. */

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
  const path = [system?.id ?? "unknown", name].map((text) => text.toLowerCase());
  return format("apk", path, version, { arch, distro, origin, upstream });
}

/** `pkg:oci/hello@sha256%3A…?arch=amd64&mediaType=…&os=linux`. */
export function ociPackageUrl(name: string, digest: string, qualifiers: Readonly<Record<string, string>>): string {
  return format("oci", [name.toLowerCase()], digest, qualifiers);
}

/** `pkg:github/madler/zlib@v1.3`. */
export function githubPackageUrl(owner: string, name: string, version: string): string {
  return format("github", [owner.toLowerCase(), name.toLowerCase()], version, {});
}

/** `pkg:generic/zlib@1.3?checksum=sha256%3A…&download_url=…`: what no other kind is for. */
export function genericPackageUrl(
  path: readonly string[],
  version: string,
  qualifiers: Readonly<Record<string, string>>,
): string {
  return format("generic", path, version, qualifiers);
}

function format(
  type: string,
  names: readonly string[],
  version: string,
  qualifiers: Readonly<Record<string, string>>,
): string {
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`)
    .join("&");
  const path = [type, ...names.map(encode)].join("/");
  return `pkg:${path}${version === "" ? "" : `@${encode(version)}`}${query === "" ? "" : `?${query}`}`;
}

/** Percent-encoding as purl asks: all but unreserved characters, and the colon stays only in a version's place as %3A. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
