import { isWhiteout } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/** Folders of the package database: a configuration that writes there would decide what the image claims to hold. */
const databases = ["lib/apk", "usr/lib/apk"];

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
  if (Buffer.byteLength(path) > 4095) return "is longer than a path can be";
  const names = path.split("/");
  if (names.some((name) => name === "." || name === ".." || name === "")) return "does not end with a name";
  if (names.some((name) => Buffer.byteLength(name) > 255)) return "has a name of more than 255 bytes";
  if (isWhiteout(path)) return "would be read as a deletion in an image layer";
  if (databases.some((folder) => path === folder || path.startsWith(`${folder}/`)))
    return "is part of the package database";
  return undefined;
}

/** True for characters that would end a line of one of the image's own files, or hide in a listing. */
export function hasControl(text: string): boolean {
  return /[\p{Cc}]/u.test(text);
}
