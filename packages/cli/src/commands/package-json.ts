import type { PackageDescription } from "@apkmill/apk";
import { interpreterOf } from "./package-text.ts";

/** A package as `--json` prints it: every field in every package, empty where there is nothing to say. */
export function packageJson(described: PackageDescription, withFiles: boolean): Record<string, unknown> {
  const { format, control, scripts, signatures, identity, entries, dataSizeBytes } = described;
  return {
    format,
    name: control.name,
    version: control.version,
    arch: control.arch,
    description: control.description,
    url: control.url,
    license: control.license,
    origin: control.origin,
    maintainer: control.maintainer,
    commit: control.commit,
    buildTime: control.buildTime,
    sizeBytes: described.sizeBytes,
    ...(dataSizeBytes === undefined ? {} : { dataSizeBytes }),
    unpackedSizeBytes: described.unpackedSizeBytes,
    installedSizeBytes: control.installedSizeBytes,
    depends: control.depends,
    provides: control.provides,
    providerPriority: control.providerPriority,
    installIf: control.installIf,
    replaces: control.replaces,
    replacesPriority: control.replacesPriority,
    triggers: control.triggers,
    ...(format === "v2" ? {} : { recommends: control.recommends, layer: control.layer, tags: control.tags }),
    scripts: [...scripts].map(([name, body]) => ({
      name,
      sizeBytes: body.byteLength,
      interpreter: interpreterOf(body),
    })),
    identity,
    dataHash: control.dataHash,
    signatures,
    entries: entries.length,
    ...(withFiles ? { files: entries.map(entryJson) } : {}),
  };
}

function entryJson(entry: PackageDescription["entries"][number]): Record<string, unknown> {
  const { path, type, mode, uid, gid, uname, gname, sizeBytes, mtime, linkPath, device, sha1, sha256, xattrs } = entry;
  return {
    path,
    type,
    mode: mode.toString(8).padStart(4, "0"),
    uid,
    gid,
    user: uname,
    group: gname,
    sizeBytes,
    mtime,
    ...(sha1 === "" ? {} : { sha1 }),
    ...(sha256 === "" ? {} : { sha256 }),
    ...(linkPath === "" ? {} : { link: linkPath }),
    ...(device === undefined ? {} : { device }),
    ...(xattrs.size === 0
      ? {}
      : {
          xattrs: Object.fromEntries([...xattrs].map(([name, value]) => [name, Buffer.from(value).toString("base64")])),
        }),
  };
}
