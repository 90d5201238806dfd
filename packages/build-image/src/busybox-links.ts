import type { PlannedEntry } from "@apkmill/rootfs";
import type { ImageTree } from "./image-tree.ts";
import type { ReadText } from "./put-file.ts";

/** Where packages list the commands of a busybox that they hold. */
const lists = "etc/busybox-paths.d";

/**
 * Busybox makes the links of its commands when it is installed, in a script that is never run here. The package lists
 * them: each path gets its link unless something stands there (reference apko §4.5). False when there is a busybox and
 * no such list, as in packages before 1.33: then there are only the links that packages bring.
 */
export async function addBusyboxLinks(tree: ImageTree, readText: ReadText): Promise<boolean> {
  const busybox = tree.follow("bin/busybox");
  if (busybox === undefined) return true;
  const paths = tree.below(lists).filter((path) => path !== lists);
  for (const path of paths) addLinks(tree, busybox, path, (await readText(path)) ?? "");
  return paths.length > 0;
}

function addLinks(tree: ImageTree, { mtime }: PlannedEntry, list: string, text: string): void {
  for (const line of text.split("\n")) {
    const wanted = line.trim();
    if (wanted === "") continue;
    const path = tree.place(wanted, list);
    if (tree.get(path) !== undefined) continue;
    tree.put({ path, type: "symlink", mode: 0o777, mtime, linkPath: "/bin/busybox" }, "command of busybox");
  }
}
