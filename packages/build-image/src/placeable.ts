import { isWhiteout } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/** Linux's PATH_MAX, which counts the zero at the end. */
export const longestPath = 4095;

/** The package database and its settings: who writes there decides what the image claims to hold, and whom it trusts. */
const databases = /^((usr\/)?lib\/apk(\/.*)?|etc\/apk(\/(arch|repositories|world|keys(\/.*)?))?)$/;

/**
 * Refuses a path at which a configuration cannot put anything. `what` names the part of the configuration, `written` is
 * the path as it stands there. @throws ImageError IMAGE_PATH
 */
export function requirePlaceable(what: string, path: string, written: string): void {
  const problem = problemOf(path);
  if (problem === undefined) return;
  throw new ImageError("IMAGE_PATH", `${what}: ${JSON.stringify(written.slice(0, 200))} ${problem}`, {
    hint: "choose another path",
  });
}

function problemOf(path: string): string | undefined {
  if (path === "") return "leads to the root or nowhere";
  if (hasControl(path)) return "holds control characters";
  if (path.length > longestPath || Buffer.byteLength(path) > longestPath) return "is longer than a path can be";
  const names = path.split("/");
  if (names.some((name) => name === "." || name === ".." || name === "")) return "does not end with a name";
  if (names.some((name) => Buffer.byteLength(name) > 255)) return "has a name of more than 255 bytes";
  if (isWhiteout(path)) return "would be read as a deletion in an image layer";
  return isDatabase(path) ? "is part of the package database" : undefined;
}

/** True for a path (links followed) that belongs to the package database. */
export function isDatabase(path: string): boolean {
  return databases.test(path);
}

/** True for characters that would end a line of one of the image's own files, or hide in a listing. */
export function hasControl(text: string): boolean {
  return /[\p{Cc}]/u.test(text);
}
