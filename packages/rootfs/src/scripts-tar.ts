import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import { scriptNames, type StoredPackage } from "@apkmill/apk";
import { labelOf } from "./precedence.ts";

/**
 * `scripts.tar`: every script of every package, never run here. Named `name-version.Q1<base64>.type`, as apk 2 and apko
 * write it; apk 3 reads that too. Without scripts it is an empty archive.
 */
export function encodeScripts(packages: readonly StoredPackage[]): Buffer {
  return Buffer.concat([...packages.flatMap(scriptParts), tarEnd]);
}

function scriptParts(stored: StoredPackage): Buffer[] {
  return scriptNames.flatMap((name) => {
    const body = stored.scripts.get(name);
    if (body === undefined) return [];
    const path = `${labelOf(stored.control)}.${stored.identity}.${name}`;
    const header = encodeTarHeader(scriptEntry(path, body.byteLength, stored.control.buildTime));
    return [header, Buffer.from(body), tarPadding(body.byteLength)];
  });
}

function scriptEntry(path: string, sizeBytes: number, mtime: number): TarEntry {
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root" };
  return {
    path,
    type: "file",
    mode: 0o755,
    ...owner,
    sizeBytes,
    mtime,
    linkPath: "",
    xattrs: new Map(),
    pax: new Map(),
  };
}
