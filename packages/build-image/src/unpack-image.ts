import { chmodSync, closeSync, constants, fchmodSync, lchownSync, linkSync, lstatSync, mkdirSync } from "node:fs";
import { openSync, rmSync, symlinkSync, writeSync } from "node:fs";
import type { TarEntry, TarItem } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import type { Layout, LayoutPlatform } from "@apkmill/oci";
import { ancestorsOf, isWhiteout, joinPath, requireSafePath } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";
import { readLayer } from "./layer-contents.ts";
import { whiteoutRefused } from "./stacked-image.ts";

/**
 * Unpacks one platform of a layout into an empty directory, layer upon layer. As root, owners are applied, otherwise they
 * are left out; device nodes and extended attributes are left out always: a sandbox brings its own `/dev`.
 *
 * No symbolic link of the image is ever followed: every directory above an entry must be a directory, and files are made
 * with O_EXCL where nothing stands.
 * @throws ImageError IMAGE_CONTENT for an entry that crosses a link, IMAGE_UNSUPPORTED for a layer that deletes ·
 * RootfsError ROOTFS_UNSAFE_PATH for a path that leaves the root · OciError LAYOUT_CONTENT
 */
export async function unpackImage(
  layout: Layout,
  platform: LayoutPlatform,
  root: string,
  limits: Limits,
): Promise<void> {
  const asRoot = process.getuid?.() === 0;
  for (const position of platform.manifest.layers.keys()) {
    for await (const item of readLayer(layout, platform, position, limits)) {
      requireSafePath("a layer", item.entry.path, limits);
      if (isWhiteout(item.entry.path)) throw whiteoutRefused(item.entry.path);
      await unpackEntry(root, item, limits);
      if (asRoot) applyOwner(root, item.entry);
    }
  }
}

async function unpackEntry(root: string, { entry, content }: TarItem, limits: Limits): Promise<void> {
  const { path, type, mode, linkPath } = entry;
  makeParents(root, path);
  const target = joinPath(root, path);
  const standing = lstatSync(target, { throwIfNoEntry: false });
  const isKept = type === "directory" && standing?.isDirectory() === true;
  if (standing !== undefined && !isKept) rmSync(target, { recursive: true });
  switch (type) {
    case "directory":
      if (!isKept) mkdirSync(target);
      // A directory that its owner cannot write would stop the layers above it.
      chmodSync(target, mode | 0o700);
      break;
    case "file":
      await writeFile(target, mode, content);
      break;
    case "symlink":
      symlinkSync(linkPath, target);
      break;
    case "hardlink":
      requireSafePath("a layer", linkPath, limits);
      makeParents(root, linkPath);
      linkSync(joinPath(root, linkPath), target);
      break;
    case "character":
    case "block":
    case "fifo":
      break;
  }
}

async function writeFile(target: string, mode: number, content: AsyncIterable<Uint8Array>): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const file = openSync(target, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    for await (const chunk of content) for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

/** The owner first: changing it clears setuid and setgid. */
function applyOwner(root: string, { path, type, mode, uid, gid }: TarEntry): void {
  if (type !== "file" && type !== "directory" && type !== "symlink") return;
  lchownSync(joinPath(root, path), uid, gid);
  if (type !== "symlink") chmodSync(joinPath(root, path), mode);
}

/** Makes the directories above a path inside a root. @throws ImageError IMAGE_CONTENT where one of them is none */
export function makeParents(root: string, path: string): void {
  for (const above of ancestorsOf(path)) {
    const standing = lstatSync(joinPath(root, above), { throwIfNoEntry: false });
    if (standing === undefined) mkdirSync(joinPath(root, above), { mode: 0o755 });
    else if (!standing.isDirectory()) {
      throw new ImageError("IMAGE_CONTENT", `${path} of a layer crosses ${above}, which is no directory`, {
        hint: "do not use this image: it is malformed or hostile",
        context: { path },
      });
    }
  }
}
