/** Package URLs (purl-spec), of the two kinds that an image has. Qualifiers are sorted and percent-encoded. */

/** `pkg:apk/wolfi/musl@1.2.5-r1?arch=x86_64&distro=wolfi-20230201&origin=musl`. */
export function apkPackageUrl(
  {
    name,
    version,
    arch,
    origin,
  }: { readonly name: string; readonly version: string; readonly arch: string; readonly origin: string },
  system: { readonly id: string; readonly versionId: string } | undefined,
): string {
  const distro = system === undefined ? "" : system.versionId === "" ? system.id : `${system.id}-${system.versionId}`;
  return format("apk", system?.id ?? "unknown", name, version, { arch, distro, origin: origin === name ? "" : origin });
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
  return `pkg:${path}@${encode(version)}${query === "" ? "" : `?${query}`}`;
}

/** Percent-encoding as purl asks: all but unreserved characters, and the colon stays only in a version's place as %3A. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
