import { lstatSync, readdirSync, rmSync } from "node:fs";
import { ancestorsOf, baseNameOf, joinPath, parentOf } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/**
 * Deletes what a whiteout of a layer names (image-spec, layer.md): `.wh.NAME` the NAME beside it, `.wh..wh..opq` all that the
 * layers below have put beside it. What the same layer brings (`own`) stays. Links are not followed, and a name that would
 * reach beyond its directory is refused.
 * @throws ImageError IMAGE_CONTENT
 */
export function applyWhiteout(root: string, path: string, own: ReadonlySet<string>): void {
  const [directory, name] = [parentOf(path), baseNameOf(path)];
  if (!name.startsWith(".wh.")) throw refused(path, "it is below a whiteout");
  if (![...ancestorsOf(path)].every((above) => isDirectory(root, above))) return;
  if (name === ".wh..wh..opq") {
    removeLower(root, directory, own);
    return;
  }
  // The other names with this prefix are aufs' own, which images do not keep.
  if (name.startsWith(".wh..wh.")) return;
  const hidden = name.slice(".wh.".length);
  if (hidden === "" || hidden === "." || hidden === "..") throw refused(path, "it names no file beside it");
  const target = joinPath(directory, hidden);
  if (!own.has(target)) rmSync(joinPath(root, target), { recursive: true, force: true });
}

function removeLower(root: string, directory: string, own: ReadonlySet<string>): void {
  for (const name of readdirSync(joinPath(root, directory))) {
    const path = joinPath(directory, name);
    if (isDirectory(root, path) && hasOwnBelow(path, own)) removeLower(root, path, own);
    else if (!own.has(path)) rmSync(joinPath(root, path), { recursive: true, force: true });
  }
}

function hasOwnBelow(path: string, own: ReadonlySet<string>): boolean {
  return own.has(path) || [...own].some((other) => other.startsWith(`${path}/`));
}

function isDirectory(root: string, path: string): boolean {
  return lstatSync(joinPath(root, path), { throwIfNoEntry: false })?.isDirectory() === true;
}

function refused(path: string, problem: string): ImageError {
  return new ImageError("IMAGE_CONTENT", `a layer has the whiteout ${path}: ${problem}`, {
    hint: "do not use this image: it is malformed or hostile",
    context: { path },
  });
}
