import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, reasonOf } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import { makeDirectory, makeFile } from "./make-directory.ts";
import { resolvePath } from "./resolve-path.ts";

/**
 * A path of an unpacked root, absolute, once all its links are followed as inside that root: never out of it. Where something is
 * mounted upon the root, `isCovered`, its links do not count.
 * @throws ImageError IMAGE_CONTENT when links go round
 */
export function placeIn(root: string, path: string, isCovered: (path: string) => boolean = () => false): string {
  const found = resolvePath(path, (at) => (isCovered(`/${at}`) ? undefined : linkAt(root, at)));
  if (found !== undefined) return `/${found}`;
  throw new ImageError("IMAGE_CONTENT", `the links of ${JSON.stringify(path)} in the image go round`, {
    hint: "name another path",
    context: { path },
  });
}

/** Makes what is missing of a directory in a root, and says where it is. @throws ImageError IMAGE_CONTENT where it cannot be */
export function makeDirectoryIn(root: string, path: string, owner?: Parameters<typeof makeDirectory>[2]): string {
  const place = placeIn(root, path);
  if (!making(path, () => makeDirectory(root, place, owner))) throw unsuitable(path, "is no directory in the image");
  return place;
}

/**
 * Makes what is missing of a place to mount a directory or a file upon, and says where it is, as a sandbox does not follow links
 * that are absolute. @throws ImageError IMAGE_CONTENT where it cannot be
 */
export function makeMountPoint(root: string, path: string, isDirectory: boolean): string {
  const place = placeIn(root, path);
  if (place === "/") throw unsuitable(path, "is the root of the image, upon which nothing can be mounted");
  if (isDirectory) return makeDirectoryIn(root, path);
  const isFile = making(path, () => {
    makeFile(root, place);
    return lstatSync(join(root, place), { throwIfNoEntry: false })?.isFile() === true;
  });
  if (!isFile) throw unsuitable(path, "cannot be a file in the image");
  return place;
}

function making<Result>(path: string, make: () => Result): Result {
  try {
    return make();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw unsuitable(path, `cannot be made in the image: ${reasonOf(cause)}`, cause);
  }
}

function unsuitable(path: string, problem: string, cause?: unknown): ImageError {
  return new ImageError("IMAGE_CONTENT", `${JSON.stringify(path)} ${problem}`, {
    hint: "name another path",
    context: { path },
    cause,
  });
}

/** Undefined for what is no link, or is not there. */
function linkAt(root: string, path: string): string | undefined {
  try {
    return readlinkSync(join(root, path));
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
