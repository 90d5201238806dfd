import { compareBytes } from "@apkmill/core";
import { isMatch, tryDependency, type PackageControl } from "@apkmill/apk";

/** Whose is a path that two packages bring? The rules of apk's commit (reference apk-formats A8). */

/** What a package, installed or to be, says when a path is disputed. */
export type Claimant = Pick<PackageControl, "name" | "version" | "origin" | "replaces" | "replacesPriority">;

export type FileVerdict =
  /** The newcomer's file stands. */
  | { readonly winner: "newcomer"; readonly why: string }
  /** The newcomer's file is left out, silently in apk. */
  | { readonly winner: "owner"; readonly why: string }
  | { readonly winner: "neither" };

/**
 * Decides about a file. Another version of the same package hands it on. A package that replaces the other speaks with its `replaces_priority`, one that does not with -1:
 * the owner keeps the path when its voice is louder; else a newcomer that replaces takes it; else packages of one origin
 * may overwrite each other; else nobody may.
 */
export function decideFile(newcomer: Claimant, owner: Claimant): FileVerdict {
  if (newcomer.name === owner.name) return { winner: "newcomer", why: labelOf(newcomer) };
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
export function takesDirectory(newcomer: Claimant, owner: Claimant): boolean {
  if (newcomer.name === owner.name) return true;
  if (newcomer.replacesPriority !== owner.replacesPriority) return newcomer.replacesPriority > owner.replacesPriority;
  if (newcomer.origin !== "" && newcomer.origin === owner.origin) {
    if (owner.name === owner.origin) return false;
    if (newcomer.name === newcomer.origin) return true;
  }
  return compareBytes(newcomer.name, owner.name) < 0;
}

/** `name-version`. */
export function labelOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}-${version}`;
}

function voiceOf(speaker: Claimant, about: Claimant): number {
  return speaker.replaces.some((item) => isMeant(item, about)) ? speaker.replacesPriority : -1;
}

/** `replaces` items match a package's own name and version, never what it provides. */
function isMeant(item: string, { name, version }: Claimant): boolean {
  const dependency = tryDependency(item);
  return dependency?.name === name && !dependency.conflict && isMatch(dependency, version);
}
