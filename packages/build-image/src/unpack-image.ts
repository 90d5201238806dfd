import {
  closeSync,
  constants,
  fchmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeSync,
  chmodSync,
  lchownSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { TarItem } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import type { Layout, LayoutPlatform } from "@apkmill/oci";
import { requireSafePath } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";
import { readLayer } from "./layer-contents.ts";

/**
 * Unpacks one platform of a layout into an empty directory, layer upon layer. As root, owners are applied, otherwise they are left
 * out; device nodes are left out always: a sandbox brings its own `/dev`.
 *
 * No symbolic link of the image is ever followed: every directory above an entry must be a directory, and files are made
 * with O_EXCL where nothing stands.
 * @throws ImageError IMAGE_CONTENT for an entry that leaves the root or crosses a link · OciError LAYOUT_CONTENT
 */
export async function unpackImage(
  layout: Layout,
  platform: LayoutPlatform,
  root: string,
  limits: Limits,
): Promise<void> {
  for (let position = 0; position < platform.manifest.layers.length; position += 1) {
    for await (const item of readLayer(layout, platform, position, limits)) await unpackEntry(root, item, limits);
  }
}

async function unpackEntry(root: string, { entry, content }: TarItem, limits: Limits): Promise<void> {
  const { path, type, mode } = entry;
  requireSafePath("a layer", path, limits);
  const name = path.slice(path.lastIndexOf("/") + 1);
  requireDirectories(root, dirname(path));
  if (name.startsWith(".wh.")) {
    deleteBelow(join(root, dirname(path)), name);
    return;
  }
  const target = join(root, path);
  const standing = lstatSync(target, { throwIfNoEntry: false });
  if (standing !== undefined && !(type === "directory" && standing.isDirectory())) rmSync(target, { recursive: true });
  switch (type) {
    case "directory":
      if (standing?.isDirectory() !== true) mkdirSync(target);
      // A directory that its owner cannot write would stop the layers above it; the image's own users see the sandbox's root.
      chmodSync(target, process.getuid?.() === 0 ? mode : mode | 0o700);
      break;
    case "file":
      await writeFile(target, mode, content);
      break;
    case "symlink":
      symlinkSync(entry.linkPath, target);
      break;
    case "hardlink":
      requireSafePath("a layer", entry.linkPath, limits);
      requireDirectories(root, dirname(entry.linkPath));
      linkSync(join(root, entry.linkPath), target);
      break;
    case "character":
    case "block":
    case "fifo":
      return;
  }
  if (process.getuid?.() === 0 && type !== "hardlink") {
    lchownSync(target, entry.uid, entry.gid);
    if (type === "file" || type === "directory") chmodSync(target, mode);
  }
}

async function writeFile(target: string, mode: number, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file = openSync(
    target,
    constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    for await (const chunk of content) for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

function requireDirectories(root: string, path: string): void {
  if (path === "." || path === "") return;
  requireDirectories(root, dirname(path));
  const standing = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (standing === undefined) mkdirSync(join(root, path));
  else if (!standing.isDirectory()) {
    throw new ImageError("IMAGE_CONTENT", `a layer puts something below ${path}, which is no directory`, {
      context: { path },
    });
  }
}

/** Whiteouts of the OCI image specification. We never write them; images of others have them. */
function deleteBelow(directory: string, name: string): void {
  if (name === ".wh..wh..opq")
    for (const entry of readdirSync(directory)) rmSync(join(directory, entry), { recursive: true });
  else rmSync(join(directory, name.slice(".wh.".length)), { recursive: true, force: true });
}
