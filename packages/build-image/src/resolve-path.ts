import { joinPath, parentOf } from "@apkmill/rootfs";

/** As on Linux. */
const mostLinks = 40;

/**
 * The path once all links are followed, as inside a chroot, whether or not something stands there. `linkAt` gives the text
 * of the symbolic link at a path, undefined where there is none. Undefined when links go round.
 */
export function resolvePath(path: string, linkAt: (path: string) => string | undefined): string | undefined {
  const names = path.split("/").reverse();
  let at = "";
  let links = 0;
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (name === "" || name === ".") continue;
    const here = name === ".." ? parentOf(at) : joinPath(at, name);
    const text = name === ".." ? undefined : linkAt(here);
    if (text === undefined) at = here;
    else if (++links > mostLinks) return undefined;
    else {
      names.push(...text.split("/").reverse());
      if (text.startsWith("/")) at = "";
    }
  }
  return at;
}
