import {
  unsaidDirectory,
  unsaidFile,
  type InstalledDirectory,
  type InstalledOwner,
  type InstalledPackage,
} from "@apkmill/apk";

/**
 * The text of `lib/apk/db/installed`: records as given, each followed by an empty line, in the field order that apk 3.0.6
 * writes. apk 2, apko and the scanners read the same form.
 */
export function formatInstalled(packages: readonly InstalledPackage[]): string {
  return packages
    .map((each) => `${[...headerLines(each), ...each.directories.flatMap(directoryLines), ""].join("\n")}\n`)
    .join("");
}

/** `T`, `U` and `L` are written even when empty; the rest is left out when there is nothing to say. */
function headerLines(each: InstalledPackage): string[] {
  return [
    `C:${each.checksum}`,
    `P:${each.name}`,
    `V:${each.version}`,
    ...said("A", each.arch),
    `S:${each.sizeBytes}`,
    `I:${each.installedSizeBytes}`,
    `T:${each.description}`,
    `U:${each.url}`,
    `L:${each.license}`,
    ...said("o", each.origin),
    ...said("m", each.maintainer),
    ...said("t", each.buildTime),
    ...said("c", each.commit),
    ...said("k", each.providerPriority),
    ...said("D", each.depends.join(" ")),
    ...said("p", each.provides.join(" ")),
    ...said("i", each.installIf.join(" ")),
    ...said("g", each.tags?.join(" ") ?? ""),
    ...said("r", each.replaces.join(" ")),
    ...said("q", each.replacesPriority),
    ...said("s", each.tag),
    ...said("f", each.flags),
  ].map(oneLine);
}

/** A description with a line break in it would start lines of its own: a package could claim another's files. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, " ");
}

function said(letter: string, value: string | number): string[] {
  return value === "" || value === 0 ? [] : [`${letter}:${value}`];
}

function directoryLines(directory: InstalledDirectory): string[] {
  const files = directory.files.flatMap((file) => [
    `R:${file.name}`,
    ...ownerLine("a", file, unsaidFile),
    ...said("Z", file.checksum),
  ]);
  return [`F:${directory.path}`, ...ownerLine("M", directory, unsaidDirectory), ...files];
}

function ownerLine(letter: string, { uid, gid, mode, xattrDigest }: InstalledOwner, unsaid: InstalledOwner): string[] {
  const isUnsaid = uid === unsaid.uid && gid === unsaid.gid && mode === unsaid.mode;
  if (isUnsaid && xattrDigest === unsaid.xattrDigest) return [];
  return [`${letter}:${uid}:${gid}:${mode.toString(8)}${xattrDigest === "" ? "" : `:${xattrDigest}`}`];
}
