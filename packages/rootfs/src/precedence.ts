import { isMatch, parseDependency, type PackageControl } from "@apkmill/apk";

/**
 * Whose is a path that two packages bring? The rules of apk's commit (reference apk-formats A8), without the cases that need
 * an installed root (overlay, removal).
 */

export type FileVerdict =
  /** The newcomer's file stands. */
  | { readonly winner: "newcomer"; readonly why: string }
  /** The newcomer's file is left out, silently in apk. */
  | { readonly winner: "owner"; readonly why: string }
  | { readonly winner: "neither" };

/**
 * Decides about a file. A package that replaces the other speaks with its `replaces_priority`, one that does not with -1:
 * the owner keeps the path when its voice is louder; else a newcomer that replaces takes it; else packages of one origin
 * may overwrite each other; else nobody may.
 */
export function decideFile(newcomer: PackageControl, owner: PackageControl): FileVerdict {
  const ownerVoice = voiceOf(owner, newcomer);
  const newcomerVoice = voiceOf(newcomer, owner);
  if (ownerVoice > newcomerVoice) return { winner: "owner", why: `${labelOf(owner)} replaces ${labelOf(newcomer)}` };
  if (newcomerVoice >= 0) return { winner: "newcomer", why: `${labelOf(newcomer)} replaces ${labelOf(owner)}` };
  if (newcomer.origin !== "" && newcomer.origin === owner.origin) {
    return { winner: "newcomer", why: `${labelOf(newcomer)} and ${labelOf(owner)} have the same origin` };
  }
  return { winner: "neither" };
}

/**
 * True when the newcomer's mode and owner for a shared directory go before the present owner's, whatever the order of
 * installation: higher `replaces_priority`; in one origin the package that bears its name; the smaller name.
 */
export function takesDirectory(newcomer: PackageControl, owner: PackageControl): boolean {
  if (newcomer.replacesPriority !== owner.replacesPriority) return newcomer.replacesPriority > owner.replacesPriority;
  if (newcomer.origin !== "" && newcomer.origin === owner.origin) {
    if (owner.name === owner.origin) return false;
    if (newcomer.name === newcomer.origin) return true;
  }
  return newcomer.name < owner.name;
}

/** `name-version`. */
export function labelOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}-${version}`;
}

function voiceOf(speaker: PackageControl, about: PackageControl): number {
  return speaker.replaces.some((item) => isMeant(item, about)) ? speaker.replacesPriority : -1;
}

/** `replaces` items match a package's own name and version, never what it provides. */
function isMeant(item: string, { name, version }: PackageControl): boolean {
  const dependency = parseDependency(item);
  return dependency.name === name && !dependency.conflict && isMatch(dependency, version);
}
