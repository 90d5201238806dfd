import type { TarEntry } from "@apkmill/archive";
import { ApkError } from "./apk-error.ts";

/**
 * What a package's data section may hold, and in which order. Readers and our writer ask the same rules.
 *
 * - Paths are relative, without empty, `.` or `..` components and without control characters. (A payload of `./` paths
 *   would install nothing and say so to nobody: apk skips names that begin with a dot.)
 * - A directory stands before what is in it, the file that a hard link leads to before the link; nothing but directories
 *   stands twice. apk drops what breaks this; a container runtime would make something up.
 * - Top-level names with a leading dot are not installed by apk; abuild puts `.dummy` into otherwise empty packages.
 */
export interface PayloadRules {
  /** Takes the next entry. @throws ApkError APK_UNSAFE_PATH, APK_FORMAT */
  require(entry: TarEntry): void;
}

/** True when apk installs the entry: its path does not begin with a dot. */
export function isInstalledPath(path: string): boolean {
  return !path.startsWith(".");
}

/** The rules for one data section; they remember what has gone before. */
export function createPayloadRules(what: string): PayloadRules {
  const seen = new Map<string, TarEntry["type"]>();
  const refuse = (message: string): never => {
    throw new ApkError("APK_FORMAT", `${what}: ${message}`, { context: { package: what } });
  };
  return {
    require: (entry) => {
      requireSafePath(entry.path, what);
      if (entry.type === "hardlink") requireSafePath(entry.linkPath, what);
      const before = seen.get(entry.path);
      if (before !== undefined && (before !== "directory" || entry.type !== "directory")) {
        refuse(`${entry.path} stands twice in the data section`);
      }
      const slash = entry.path.lastIndexOf("/");
      if (slash !== -1 && isInstalledPath(entry.path) && seen.get(entry.path.slice(0, slash)) !== "directory") {
        refuse(`${entry.path} stands before its directory`);
      }
      const problem = entry.type === "hardlink" ? targetProblem(entry, seen.get(entry.linkPath)) : undefined;
      if (problem !== undefined) refuse(`hard link ${entry.path} ${problem}`);
      seen.set(entry.path, entry.type);
    },
  };
}

/** What is wrong with the target of a hard link, which is of type `target`, or has not come before. */
function targetProblem({ path, linkPath }: TarEntry, target: TarEntry["type"] | undefined): string | undefined {
  if (target === undefined) return `stands before its target ${linkPath}`;
  if (target !== "file" && target !== "hardlink") return `leads to ${linkPath}, which is no file`;
  const isLost = isInstalledPath(path) && !isInstalledPath(linkPath);
  return isLost ? `has a target that is not installed: ${linkPath}` : undefined;
}

function requireSafePath(path: string, what: string): void {
  if (isSafePath(path)) return;
  throw new ApkError("APK_UNSAFE_PATH", `${what}: the data section holds the path ${JSON.stringify(path)}`, {
    hint: "write paths relative to the root, without ./ and ../",
    context: { package: what },
  });
}

/** The root itself (`.`) may be listed. */
function isSafePath(path: string): boolean {
  if (path === ".") return true;
  if (hasControlCharacter(path)) return false;
  return !/(^|\/)(\.{0,2})(\/|$)/.test(path);
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}
