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
  let text = "";
  for (const each of packages) {
    text += `${headerLines(each).join("\n")}\n`;
    for (const directory of each.directories) text += directoryText(directory);
    text += "\n";
  }
  return text;
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

/** The lines of one directory. A database has tens of thousands of them, so that they are joined as they come. */
function directoryText(directory: InstalledDirectory): string {
  let text = `F:${directory.path}\n${ownerText("M", directory, unsaidDirectory)}`;
  for (const file of directory.files) {
    const sum = file.checksum === "" ? "" : `Z:${file.checksum}\n`;
    text += `R:${file.name}\n${ownerText("a", file, unsaidFile)}${sum}`;
  }
  return text;
}

function ownerText(letter: string, { uid, gid, mode, xattrDigest }: InstalledOwner, unsaid: InstalledOwner): string {
  const isUnsaid = uid === unsaid.uid && gid === unsaid.gid && mode === unsaid.mode;
  if (isUnsaid && xattrDigest === unsaid.xattrDigest) return "";
  return `${letter}:${uid}:${gid}:${mode.toString(8)}${xattrDigest === "" ? "" : `:${xattrDigest}`}\n`;
}
