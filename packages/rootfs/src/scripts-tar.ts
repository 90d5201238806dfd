import { gzipSync } from "node:zlib";
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import { scriptNames, type InstalledRecord, type ScriptName } from "@apkmill/apk";
import { labelOf } from "./precedence.ts";

/**
 * How the database keeps scripts. `scripts.tar` is apk 2's form, which apk 3 reads and goes on with, and which apko and
 * scanners know: images have that. `scripts.tar.gz` is what apk 3 begins with in a new root; apk 2 does not see it.
 */
export type ScriptsForm = "scripts.tar" | "scripts.tar.gz";

/** One package's scripts, whether they were just laid or came from the database. */
export interface ScriptedPackage {
  readonly installed: Pick<InstalledRecord, "name" | "version" | "checksum" | "buildTime">;
  readonly scripts: ReadonlyMap<ScriptName, Uint8Array>;
}

/**
 * The archive of every script of every package, never run here; without scripts an empty one. A script is called
 * `name-version.IDENTITY.type`: `Q1` and base64 in apk 2's form, `X1` and hex in apk 3's.
 */
export function encodeScripts(packages: readonly ScriptedPackage[], form: ScriptsForm): Buffer {
  const tar = Buffer.concat([...packages.flatMap((one) => scriptParts(one, form)), tarEnd]);
  return form === "scripts.tar" ? tar : gzipSync(tar, { level: 9 });
}

function scriptParts({ installed, scripts }: ScriptedPackage, form: ScriptsForm): Buffer[] {
  return scriptNames.flatMap((name) => {
    const body = scripts.get(name);
    if (body === undefined) return [];
    const path = `${labelOf(installed)}.${spell(installed.checksum, form)}.${name}`;
    return [
      encodeTarHeader(scriptEntry(path, body.byteLength, installed.buildTime)),
      Buffer.from(body),
      tarPadding(body.byteLength),
    ];
  });
}

function spell(checksum: string, form: ScriptsForm): string {
  if (form === "scripts.tar" || !checksum.startsWith("Q1")) return checksum;
  return `X1${Buffer.from(checksum.slice(2), "base64").toString("hex")}`;
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
