import { hash } from "node:crypto";
import { createTarScanner, firstGzipMember, type TarEntry } from "@apkmill/archive";
import { requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { parsePackageControl } from "./package-control.ts";
import { scriptNames, type PackageControl, type ScriptName } from "./package-info.ts";
import { isSignatureName, readSignatureSection, type Signature } from "./signature.ts";

/** What stands before the data of a package: its signatures (none in an unsigned one) and its control section. */
export interface PackageHead {
  readonly format: "v2";
  /** The signature member and the control member as they stand in the file. */
  readonly raw: Buffer;
  readonly signatures: readonly Signature[];
  /** The compressed bytes that a signature signs and that the identity is the hash of. */
  readonly controlMember: Buffer;
  /** `Q1…`, as an index names this package. */
  readonly identity: string;
  readonly control: PackageControl;
  readonly scripts: ReadonlyMap<ScriptName, Buffer>;
  /** Modification time of `.PKGINFO` in its tar, which a signature's file takes over. */
  readonly mtime: number;
  /** Other dot files of the control section, such as `.melange.yaml`. */
  readonly extraFiles: ReadonlyMap<string, Buffer>;
}

const maxScriptBytes = 256 * 1024;

/**
 * The head that `bytes` begins with, or undefined when it is not complete yet. Nothing is verified but its form.
 * @throws ApkError APK_FORMAT, APK_CONTROL, APK_UNSUPPORTED · ArchiveError · CoreError LIMIT_EXCEEDED
 */
export function parsePackageHead(bytes: Buffer, limits: Limits, what: string): PackageHead | undefined {
  requireV2(bytes, what);
  // A raised limit would otherwise end at a ratio that nobody can raise.
  const options = {
    what,
    limitBytes: limits.controlBytes,
    limitName: "controlBytes",
    ratio: limits.unpackRatio,
  } as const;
  const first = firstGzipMember(bytes, options);
  if (first === undefined) return undefined;
  if (!isSignatureSection(first.content)) return headOf(first.raw, [], first, limits, what);
  const second = firstGzipMember(bytes.subarray(first.raw.length), options);
  if (second === undefined) return undefined;
  const raw = bytes.subarray(0, first.raw.length + second.raw.length);
  return headOf(raw, readSignatureSection(first.content, "APK_FORMAT", what), second, limits, what);
}

/** The identity of a control member: `Q1` and the base64 of its SHA-1. */
export function identityOf(controlMember: Uint8Array): string {
  return `Q1${hash("sha1", controlMember, "base64")}`;
}

function requireV2(bytes: Buffer, what: string): void {
  if (bytes.length < 3 || bytes.toString("latin1", 0, 3) !== "ADB") return;
  throw new ApkError(
    "APK_UNSUPPORTED",
    `${what} is a package in the v3 format, which is neither signed nor indexed here`,
    {
      hint: "use apk adbsign and apk mkndx, or the v2 package of the same name",
      context: { package: what },
    },
  );
}

/** The name in the first header tells: it is checked as tar when the section is read. */
function isSignatureSection(content: Buffer): boolean {
  const end = content.indexOf(0);
  return isSignatureName(content.toString("latin1", 0, Math.min(end === -1 ? 100 : end, 100)));
}

function headOf(
  raw: Buffer,
  signatures: readonly Signature[],
  member: { readonly raw: Buffer; readonly content: Buffer },
  limits: Limits,
  what: string,
): PackageHead {
  const { files, mtime } = readControlSection(member.content, limits, what);
  const info = files.get(".PKGINFO");
  if (info === undefined) throw new ApkError("APK_FORMAT", `${what}: no .PKGINFO in the control section`);
  requireWithin(`${what}: size of .PKGINFO`, info.length, limits.infoBytes, "infoBytes");
  const control = parsePackageControl(info.toString("utf8"), what);
  if (control.dataHash === "") {
    throw new ApkError("APK_FORMAT", `${what}: .PKGINFO has no datahash, so nothing vouches for the data`);
  }
  const { scripts, extraFiles } = sortFiles(files, what);
  return {
    format: "v2",
    raw,
    signatures,
    controlMember: member.raw,
    identity: identityOf(member.raw),
    control,
    scripts,
    mtime,
    extraFiles,
  };
}

function readControlSection(
  content: Buffer,
  limits: Limits,
  what: string,
): { readonly files: ReadonlyMap<string, Buffer>; readonly mtime: number } {
  const files = new Map<string, Buffer>();
  let mtime = 0;
  let chunks: Buffer[] = [];
  let current: TarEntry | undefined;
  const scanner = createTarScanner(
    {
      onEntry: (entry) => {
        requireControlEntry(entry, files, what);
        if (entry.path === ".PKGINFO") mtime = entry.mtime;
        current = entry;
        chunks = [];
      },
      onContent: (chunk) => chunks.push(chunk),
      onEnd: () => files.set(current?.path ?? "", Buffer.concat(chunks)),
    },
    { what, limits, dialect: "apk" },
  );
  scanner.push(content);
  // apk 3 reads all sections as one tar, which end blocks would end here.
  if (scanner.end()) throw new ApkError("APK_FORMAT", `${what}: end-of-archive blocks in the control section`);
  return { files, mtime };
}

function requireControlEntry(entry: TarEntry, files: ReadonlyMap<string, Buffer>, what: string): void {
  const { path, type } = entry;
  if (type !== "file" || !path.startsWith(".") || path.includes("/") || path === ".INSTALL" || isSignatureName(path)) {
    throw new ApkError("APK_FORMAT", `${what}: ${type} ${path} in the control section`, {
      hint: "build the package again; the old v1 format is not supported",
    });
  }
  if (files.has(path)) throw new ApkError("APK_FORMAT", `${what}: ${path} stands twice in the control section`);
}

function sortFiles(
  files: ReadonlyMap<string, Buffer>,
  what: string,
): { readonly scripts: Map<ScriptName, Buffer>; readonly extraFiles: Map<string, Buffer> } {
  const scripts = new Map<ScriptName, Buffer>();
  const extraFiles = new Map<string, Buffer>();
  for (const [path, content] of files) {
    const script = scriptNames.find((name) => path === `.${name}`);
    if (script === undefined) {
      if (path !== ".PKGINFO") extraFiles.set(path, content);
      continue;
    }
    requireWithin(`${what}: size of script ${path}`, content.length, maxScriptBytes);
    scripts.set(script, content);
  }
  return { scripts, extraFiles };
}
