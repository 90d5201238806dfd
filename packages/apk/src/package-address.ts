import { noAuthorization, type FindAuthorization } from "./credentials.ts";
import { parseLocation, type Location } from "./location.ts";
import type { IndexRecord } from "./package-info.ts";
import type { AvailablePackage } from "./repository.ts";
import { packagePath } from "./repository-paths.ts";

/**
 * Where the file of a package is, as the first address of its repository is written: a path or a URL, no credentials.
 * @throws ApkError APK_MISSING for a name that no file may have
 */
export function packageAddress({ record, repository }: AvailablePackage): string {
  const location = repository.source ?? parseLocation(repository.location);
  return `${folderOf(location)}/${packagePath(repository, location.layout, record)}`;
}

/** A package that is known by its address, without an index. */
export interface AddressedPackage {
  readonly address: string;
  readonly record: IndexRecord;
  /** apk's name of the architecture that it is for. */
  readonly arch: string;
}

/**
 * The package, to be fetched as one of a repository. Where one of `locations` has its address, its mirrors and its credentials are
 * used too.
 * @throws ApkError REPOSITORY_LOCATION
 */
export function availableAt(
  { address, record, arch }: AddressedPackage,
  locations: readonly string[],
  find: FindAuthorization = noAuthorization,
): AvailablePackage {
  const known = locations.map((line) => parseLocation(line, find)).filter((one) => isBelow(address, folderOf(one)));
  const [nearest] = known.sort((a, b) => folderOf(b).length - folderOf(a).length);
  if (nearest !== undefined) return from(nearest, address.slice(folderOf(nearest).length + 1));
  const slash = address.lastIndexOf("/");
  const folder = slash < 0 ? "." : address.slice(0, slash) || "/";
  return from(parseLocation(`v2 ${folder}`, find), address.slice(slash + 1));

  function from(source: Location, packageSpec: string): AvailablePackage {
    const repository = { location: source.text, tag: "", arch, records: [], signer: undefined, source, packageSpec };
    return { record, repository };
  }
}

function isBelow(address: string, folder: string): boolean {
  return address.startsWith(`${folder}/`);
}

/** The folder that packages of a location are below. */
function folderOf({ text, layout }: Location): string {
  return (layout === "ndx" ? text.replace(/\/?[^/]*$/, "") || "." : text).replace(/(?<=.)\/+$/, "");
}
