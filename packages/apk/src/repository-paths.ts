import { dirname, join } from "node:path";
import { ApkError } from "./apk-error.ts";
import type { Location, Place, RepositoryLayout } from "./location.ts";
import { isFileNamePart } from "./package-control.ts";
import type { IndexRecord } from "./package-info.ts";
import type { Repository } from "./repository.ts";

/** Where files of a repository are (reference apk-formats A9). */

/** The same place, some steps below. */
export function placeBelow(place: Place, path: string): Place {
  return place.kind === "folder"
    ? { ...place, path: join(place.path, path) }
    : { ...place, url: `${place.url}/${path}` };
}

/** The index of one architecture at one of a location's places. */
export function indexPlace({ layout }: Pick<Location, "layout">, place: Place, arch: string): Place {
  switch (layout) {
    case "v2":
      return placeBelow(place, `${arch}/APKINDEX.tar.gz`);
    case "v3":
      return placeBelow(place, `${arch}/Packages.adb`);
    case "ndx":
      return place;
  }
}

/** The file of a package at one of its repository's places. @throws ApkError APK_MISSING for a name that no file may have */
export function packagePlace(
  repository: Pick<Repository, "location" | "arch" | "packageSpec">,
  { layout }: Pick<Location, "layout">,
  place: Place,
  record: IndexRecord,
): Place {
  return placeBelow(layout === "ndx" ? folderOf(place) : place, packagePath(repository, layout, record));
}

/** The file of a package below the folder of its repository. @throws ApkError APK_MISSING for a name that no file may have */
export function packagePath(
  repository: Pick<Repository, "location" | "arch" | "packageSpec">,
  layout: RepositoryLayout,
  record: IndexRecord,
): string {
  const spec =
    repository.packageSpec ?? (layout === "ndx" ? "${name}-${version}.apk" : "${arch}/${name}-${version}.apk");
  return expandSpec(spec, repository, record);
}

function folderOf(place: Place): Place {
  return place.kind === "folder"
    ? { ...place, path: dirname(place.path) }
    : { ...place, url: place.url.replace(/\/[^/]*$/, "") };
}

/** `${name}`, `${version}`, `${arch}`, `${hash}`, each also as `${name:3}` for its first characters. */
function expandSpec(spec: string, repository: Pick<Repository, "location" | "arch">, record: IndexRecord): string {
  const values: Readonly<Record<string, string>> = {
    name: record.name,
    version: record.version,
    // A record without an architecture is one of the repository's own.
    arch: record.arch === "" ? repository.arch : record.arch,
    hash: hashOf(record.checksum),
  };
  const parts = spec.split(/\$\{([a-z]+)(?::(\d{1,3}))?\}/);
  const path = parts
    .map((part, index) => {
      if (index % 3 === 0) return part;
      if (index % 3 === 2) return "";
      const value = values[part] ?? "/";
      return value.slice(0, parts[index + 1] === undefined ? value.length : Number(parts[index + 1]));
    })
    .join("");
  if ([record.name, record.version, values["arch"] ?? ""].every(isFileNamePart) && isSafePath(path)) return path;
  throw new ApkError(
    "APK_MISSING",
    `index of ${repository.location}: ${JSON.stringify(`${record.name}-${record.version}`.slice(0, 200))} cannot be a file name`,
    { hint: "index the repository again" },
  );
}

/** Neither absolute nor upwards, and with nothing that a URL would read in its own way. */
function isSafePath(path: string): boolean {
  return path.length < 1000 && path.split("/").every((step) => /^[\w.+~:@,=-]+$/.test(step) && !/^\.+$/.test(step));
}

/** Hex of the hash that an index gives, which may be `Q1` and base64 or `X1` and hex. */
function hashOf(checksum: string): string {
  return Buffer.from(checksum.slice(2), checksum.startsWith("X") ? "hex" : "base64").toString("hex");
}
