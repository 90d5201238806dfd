import { chmodSync, closeSync, constants, fchmodSync, lchownSync, linkSync, lstatSync, mkdirSync } from "node:fs";
import { openSync, rmSync, symlinkSync, writeSync } from "node:fs";
import type { TarEntry, TarItem } from "@apkmill/archive";
import { CoreError, isSystemError, reasonOf, type Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { ancestorsOf, isWhiteout, joinPath, requireSafePath } from "@apkmill/rootfs";
import { applyWhiteout } from "./apply-whiteout.ts";
import { ImageError } from "./image-error.ts";
import { readLayer } from "./layer-stream.ts";

/**
 * Unpacks one platform of an image into an empty directory, layer upon layer. As root, owners are applied, otherwise they
 * are left out; device nodes and extended attributes are left out always: a sandbox brings its own `/dev`.
 *
 * No symbolic link of the image is ever followed: every directory above an entry must be a directory, and files are made
 * with O_EXCL where nothing stands. (Images of others whose layers cross a link of a layer below are refused for that.)
 * @throws ImageError IMAGE_CONTENT for an entry that crosses a link · RootfsError ROOTFS_UNSAFE_PATH for a path that leaves the
 * root · OciError LAYOUT_CONTENT
 */
export async function unpackImage(
  image: Pick<OpenedImage, "open">,
  platform: ImagePlatform,
  root: string,
  limits: Limits,
): Promise<void> {
  const asRoot = process.getuid?.() === 0;
  for (const position of platform.manifest.layers.keys()) {
    /** What this layer has brought: it does not delete that itself. */
    const own = new Set<string>();
    for await (const item of readLayer(image, platform, position, limits)) {
      const { path } = item.entry;
      requireSafePath("a layer", path, limits);
      if (isWhiteout(path)) applyWhiteout(root, path, own);
      else {
        own.add(path);
        await onDisk(path, () => unpackEntry(root, item, limits));
        if (asRoot) applyOwner(root, item.entry);
      }
    }
  }
}

/** @throws CoreError FILE_UNWRITABLE for what the system refuses, a full disk among it */
async function onDisk(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new CoreError("FILE_UNWRITABLE", `cannot unpack ${path}: ${reasonOf(cause)}`, { cause, context: { path } });
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
      if (lstatSync(joinPath(root, linkPath), { throwIfNoEntry: false }) === undefined)
        throw malformed(path, `${path} of a layer is a hard link to ${linkPath}, which is not there`);
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
    else if (!standing.isDirectory())
      throw malformed(path, `${path} of a layer crosses ${above}, which is no directory`);
  }
}

function malformed(path: string, message: string): ImageError {
  return new ImageError("IMAGE_CONTENT", message, {
    hint: "do not use this image: it is malformed or hostile",
    context: { path },
  });
}
