import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { requireWithin } from "@apkmill/core";
import { baseNameOf, joinPath, parentOf } from "../entry-path.ts";
import { InstallTree } from "../install-tree.ts";
import type { RootView } from "./root-view.ts";
import { groundOf } from "./standing-tree.ts";

/** Reads a root's own files. Links on the way, the last included, are followed inside the root and never out of it. */
export interface RootReader {
  /** Content of a regular file; undefined where there is none. @throws CoreError LIMIT_EXCEEDED */
  readonly read: (path: string, limitBytes: number) => Buffer | undefined;
  /** Names in a directory, sorted; none where there is no directory. */
  readonly names: (directory: string) => readonly string[];
  /** The physical path of a directory; undefined where there is none. */
  readonly directory: (path: string) => string | undefined;
}

export function readRootFiles(folder: string, view: RootView): RootReader {
  return readView(view, (physical, path, limitBytes) => readWithin(`${folder}/${physical}`, path, limitBytes));
}

/** A reader of whatever `view` shows; `readFile` has the content of a regular file at a physical path. */
export function readView(
  view: RootView,
  readFile: (physical: string, path: string, limitBytes: number) => Buffer | undefined,
): RootReader {
  const tree = new InstallTree(groundOf(view));
  const directory = (path: string): string | undefined => {
    const place = tree.resolve(path);
    return place.found === "directory" ? place.path : undefined;
  };
  const physical = (path: string, links = 0): string | undefined => {
    const parent = directory(parentOf(path));
    const here = parent === undefined ? undefined : joinPath(parent, baseNameOf(path));
    const standing = here === undefined ? undefined : view.at(here);
    if (standing?.type !== "symlink") return standing?.type === "file" ? here : undefined;
    if (links === mostLinks) return undefined;
    const target = standing.linkPath.startsWith("/") ? standing.linkPath : `${parent ?? ""}/${standing.linkPath}`;
    return physical(withoutDots(target), links + 1);
  };
  return {
    directory,
    names: (path) => view.namesIn(directory(path) ?? path),
    read: (path, limitBytes) => {
      const found = physical(path);
      return found === undefined ? undefined : readFile(found, path, limitBytes);
    },
  };
}

const mostLinks = 40;

/** `..` of a link's text is taken by its letters: a file of settings that is reached through linked directories is not read. */
function withoutDots(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names.join("/");
}

function readWithin(target: string, path: string, limitBytes: number): Buffer {
  const file = openSync(target, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    requireWithin(`bytes of ${path}`, fstatSync(file).size, limitBytes);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
