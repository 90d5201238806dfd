import { compareBytes } from "@apkmill/core";
import { joinPath, type PlannedEntry } from "@apkmill/rootfs";
import { busyboxApplets } from "./busybox-applets.ts";
import type { ImageTree } from "./image-tree.ts";
import type { ReadFile } from "./put-file.ts";

/** Where packages list the commands of a busybox that they hold. */
const lists = "etc/busybox-paths.d";
const program = "bin/busybox";

/**
 * Busybox makes the links of its commands when it is installed, in a script that is never run here. The package lists them, or
 * (before 1.33) the program itself tells: each path gets its link unless something stands there (reference apko §4.5). Returns what
 * the user should know.
 * @throws ImageError IMAGE_PATH for a list that leads into the package database, or below a file
 */
export async function addBusyboxLinks(tree: ImageTree, readFile: ReadFile): Promise<string[]> {
  const busybox = tree.follow(program);
  if (busybox === undefined) return [];
  const listed = [...tree.names(lists)].sort(compareBytes).map((name) => joinPath(lists, name));
  for (const list of listed)
    addLinks(tree, busybox, list, ((await readFile(list))?.toString("utf8") ?? "").split("\n"));
  if (listed.length > 0) return [];
  const applets = busyboxApplets((await readFile(program)) ?? Buffer.alloc(0));
  if (applets === undefined)
    return ["this busybox does not list its commands: only links that packages bring lead to it"];
  addLinks(tree, busybox, program, applets);
  return [];
}

function addLinks(tree: ImageTree, { mtime }: PlannedEntry, list: string, paths: readonly string[]): void {
  for (const wanted of paths.map((line) => line.trim())) {
    if (wanted === "") continue;
    const path = tree.place(wanted, list);
    if (tree.get(path) !== undefined) continue;
    tree.put({ path, type: "symlink", mode: 0o777, mtime, linkPath: "/bin/busybox" }, "command of busybox");
  }
}
