import { readdirSync } from "node:fs";
import { baseNameOf, joinPath, parentOf } from "@apkmill/rootfs";
import type { RootFolders } from "./root-folders.ts";

/** What a layer that is being unpacked has done so far. */
export interface LayerTraces {
  /** What it has brought, and all above it. */
  readonly own: Set<string>;
  /** Directories in which it has deleted all that the layers below have put there. */
  readonly emptied: Set<string>;
}

/**
 * Deletes what a whiteout of a layer names (image-spec, layer.md): `.wh.NAME` the NAME beside it, `.wh..wh..opq` all that is beside
 * it, as far as the layers below have put it there: what the same layer brings stays. Links are not followed.
 */
export function applyWhiteout(folders: RootFolders, path: string, traces: LayerTraces): void {
  const [directory, name] = [parentOf(path), baseNameOf(path)];
  if (!folders.has(directory)) return;
  if (name === ".wh..wh..opq") emptyOfLower(folders, directory, traces);
  else removeLower(folders, joinPath(directory, name.slice(".wh.".length)), traces);
}

/** Once for each directory and layer: no layer puts there anything of a lower one. */
function emptyOfLower(folders: RootFolders, directory: string, traces: LayerTraces): void {
  if (traces.emptied.has(directory)) return;
  traces.emptied.add(directory);
  for (const name of readdirSync(joinPath(folders.root, directory)))
    removeLower(folders, joinPath(directory, name), traces);
}

function removeLower(folders: RootFolders, path: string, traces: LayerTraces): void {
  if (!traces.own.has(path)) folders.remove(path);
  else if (folders.has(path)) emptyOfLower(folders, path, traces);
}
