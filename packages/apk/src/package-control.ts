import { ApkError } from "./apk-error.ts";
import type { PackageControl } from "./package-info.ts";

/**
 * `.PKGINFO`: one `key = value` a line, `#` comments, order without meaning, list keys repeatable and each line of them
 * holding several items (reference apk-formats A1). Keys that are not known are ignored, as apk does.
 */

type ListKey = "depend" | "provides" | "install_if" | "replaces" | "triggers";
const numberKeys = ["builddate", "size", "provider_priority", "replaces_priority"] as const;
const textKeys = ["pkgname", "pkgver", "arch", "pkgdesc", "url", "origin", "maintainer", "commit", "datahash"] as const;

const isScalar = (key: string): boolean => ([...numberKeys, ...textKeys] as readonly string[]).includes(key);

/** The control record in the text of a `.PKGINFO`. `what` names the package in messages. @throws ApkError APK_CONTROL */
export function parsePackageControl(text: string, what = ".PKGINFO"): PackageControl {
  const fields = readFields(text, what);
  const one = (key: (typeof textKeys)[number]): string => fields.get(key)?.[0] ?? "";
  const all = (key: ListKey): string[] => (fields.get(key) ?? []).flatMap(splitItems);
  const number = (key: (typeof numberKeys)[number]): number => parseNumber(fields.get(key)?.[0] ?? "0", key, what);
  const control: PackageControl = {
    name: one("pkgname"),
    version: one("pkgver"),
    arch: one("arch"),
    description: one("pkgdesc"),
    url: one("url"),
    // melange writes one line for each licence of the sources: all of them hold.
    license: (fields.get("license") ?? []).join(" AND "),
    origin: one("origin"),
    maintainer: one("maintainer"),
    commit: one("commit"),
    buildTime: number("builddate"),
    installedSizeBytes: number("size"),
    providerPriority: number("provider_priority"),
    depends: all("depend"),
    provides: all("provides"),
    installIf: all("install_if"),
    replaces: all("replaces"),
    replacesPriority: number("replaces_priority"),
    triggers: all("triggers"),
    dataHash: one("datahash"),
  };
  requireNames(control, what);
  return control;
}

function readFields(text: string, what: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf(" = ");
    if (equals === -1 || line.startsWith("#")) continue;
    const key = line.slice(0, equals);
    const value = line.slice(equals + 3);
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else if (!isScalar(key)) values.push(value);
    else throw new ApkError("APK_CONTROL", `${what}: ${key} is stated twice in .PKGINFO`);
  }
  return fields;
}

/** Most lines hold one item. */
function splitItems(value: string): string[] {
  if (value !== "" && !/\s/.test(value)) return [value];
  return value.split(/\s+/).filter((item) => item !== "");
}

function parseNumber(text: string, key: string, what: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ApkError("APK_CONTROL", `${what}: ${key} in .PKGINFO: expected a number, found ${JSON.stringify(text)}`);
}

/** A name, version or architecture becomes part of file names and URLs: nothing may step out of its folder there. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._+:~-]{0,127}$/;

/** True when `text` can stand in a package's file name. */
export function isFileNamePart(text: string): boolean {
  return namePattern.test(text);
}

function requireNames(control: PackageControl, what: string): void {
  for (const key of ["name", "version", "arch"] as const) {
    if (isFileNamePart(control[key])) continue;
    throw new ApkError("APK_CONTROL", `${what}: unusable package ${key} ${JSON.stringify(control[key])} in .PKGINFO`);
  }
  if (control.dataHash !== "" && !/^[0-9a-f]{64}$/.test(control.dataHash)) {
    throw new ApkError("APK_CONTROL", `${what}: datahash in .PKGINFO is not a SHA-256 in lower-case hex`);
  }
}

/** The text of a `.PKGINFO`, in melange's order. @throws ApkError APK_CONTROL for a value with a line break in it */
export function formatPackageControl(control: PackageControl): string {
  const lines: [key: string, value: string][] = [
    ["pkgname", control.name],
    ["pkgver", control.version],
    ["arch", control.arch],
    ["size", String(control.installedSizeBytes)],
    ["origin", control.origin],
    ["pkgdesc", control.description],
    ["url", control.url],
    ["commit", control.commit],
    ...present("maintainer", control.maintainer),
    ...present("builddate", control.buildTime),
    ...present("license", control.license),
    ...each("depend", control.depends),
    ...each("provides", control.provides),
    ...each("install_if", control.installIf),
    ...each("replaces", control.replaces),
    ...present("provider_priority", control.providerPriority),
    ...present("replaces_priority", control.replacesPriority),
    ...present("triggers", control.triggers.join(" ")),
    ...present("datahash", control.dataHash),
  ];
  for (const [key, value] of lines) requireOneLine(key, value, control.name);
  return `# Generated by apkmill\n${lines.map(([key, value]) => `${key} = ${value}\n`).join("")}`;
}

function present(key: string, value: string | number): [string, string][] {
  return value === "" || value === 0 ? [] : [[key, String(value)]];
}

function each(key: string, items: readonly string[]): [string, string][] {
  return items.map((item) => [key, item]);
}

function requireOneLine(key: string, value: string, name: string): void {
  if (!/[\n\r\0]/.test(value)) return;
  throw new ApkError("APK_CONTROL", `package ${name}: ${key} must be a single line`, {
    hint: `write the ${key} of the package on one line`,
  });
}
