import type { TarEntry } from "@apkmill/archive";
import { isWhiteout } from "./entry-path.ts";

/**
 * Why an entry of an image layer would delete, hide or rename what the layers below hold; undefined for nearly all.
 *
 * A name with `.wh.` says so to every runtime (image-spec, layer.md). The rest is overlayfs's own form of the same, in which
 * runtimes keep the layers that they unpacked (overlayfs.rst of the kernel): a character device 0:0 is a whiteout, and
 * `trusted.overlay.*` are whiteouts, opaque directories, renames, and files whose content is elsewhere; so are `user.overlay.*` and
 * `user.fuseoverlayfs.*` for who is not root.
 */
export function deletionIn({
  path,
  type,
  device,
  xattrs,
}: Pick<TarEntry, "path" | "type" | "device" | "xattrs">): string | undefined {
  if (isWhiteout(path)) return "a name that begins with .wh. means a deletion";
  if (type === "character" && isWhiteoutDevice(device)) return "a character device 0:0 means a deletion";
  if (xattrs.size === 0) return undefined;
  const found = [...xattrs.keys()].find((name) => overlayAttribute.test(name));
  return found === undefined ? undefined : `its attribute ${found} is overlayfs's own, which deletes and renames by it`;
}

const overlayAttribute = /^(trusted\.overlay|user\.overlay|user\.fuseoverlayfs)\./;

/** The kernel keeps 12 bits of the major number and 20 of the minor one, and some runtimes cut off the rest for it. */
function isWhiteoutDevice({ major, minor }: NonNullable<TarEntry["device"]> = noDevice): boolean {
  return (major & 0xfff) === 0 && (minor & 0xfffff) === 0;
}

const noDevice = { major: 0, minor: 0 };
