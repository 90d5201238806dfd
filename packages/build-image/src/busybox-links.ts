import type { ReadText } from "./accounts.ts";
import type { ImageTree } from "./image-tree.ts";

/**
 * Busybox makes the links of its commands when it is installed, in a script that is never run here. The package lists them under
 * `etc/busybox-paths.d`: each path gets its link unless something stands there. Returns how many were made.
 */
export async function addBusyboxLinks(tree: ImageTree, readText: ReadText): Promise<number> {
  if (tree.follow("bin/busybox")?.type !== "file") return 0;
  const lists = tree.below("etc/busybox-paths.d").filter((path) => tree.get(path)?.type === "file");
  let made = 0;
  for (const list of lists) {
    for (const line of (await readText(list)).split("\n")) {
      if (!/^\/?[\w./[+-]+$/.test(line.trim())) continue;
      const path = tree.place(line.trim(), `a line of ${list}`);
      if (tree.get(path) !== undefined) continue;
      tree.put({ path, type: "symlink", mode: 0o777, linkPath: "/bin/busybox" }, "command of busybox");
      made += 1;
    }
  }
  return made;
}
