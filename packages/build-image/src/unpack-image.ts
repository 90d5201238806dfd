import { chmodSync, closeSync, constants, fchmodSync, lchownSync, linkSync, lstatSync, mkdirSync } from "node:fs";
import { openSync, symlinkSync, writeSync } from "node:fs";
import type { TarEntry, TarItem } from "@apkmill/archive";
import { CoreError, isSystemError, reasonOf, type Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { addWithAncestors, isWhiteout, joinPath, parentOf } from "@apkmill/rootfs";
import { applyWhiteout, type LayerTraces } from "./apply-whiteout.ts";
import { ImageError } from "./image-error.ts";
import { readLayer } from "./layer-stream.ts";
import { RootFolders } from "./root-folders.ts";
import { LayersBudget } from "./tree-budget.ts";

/**
 * Unpacks one platform of an image into an empty directory, layer upon layer. As root, owners are applied, otherwise they
 * are left out; device nodes and extended attributes are left out always: a sandbox brings its own `/dev`.
 *
 * No symbolic link of the image is ever followed: every directory above an entry must be a directory, and files are made
 * with O_EXCL where nothing stands. A link of a lower layer on the way gives way to a directory, as Docker's overlay2 has it; one of
 * the layer itself is refused.
 * @throws ImageError IMAGE_CONTENT for an entry that crosses what its layer made no directory · RootfsError ROOTFS_UNSAFE_PATH for a
 * path that leaves the root · OciError LAYOUT_CONTENT · CoreError LIMIT_EXCEEDED, FILE_UNWRITABLE
 */
export async function unpackImage(
  image: Pick<OpenedImage, "open">,
  platform: ImagePlatform,
  root: string,
  limits: Limits,
): Promise<void> {
  const [folders, budget] = [new RootFolders(root), new LayersBudget(limits)];
  for (const position of platform.manifest.layers.keys()) {
    const unpacking = { folders, budget, traces: { own: new Set<string>(), emptied: new Set<string>() } };
    for await (const item of readLayer(image, platform, position, limits)) {
      budget.take();
      await onDisk(item.entry.path, () => unpackItem(unpacking, item));
    }
  }
}

interface Unpacking {
  readonly folders: RootFolders;
  readonly budget: LayersBudget;
  /** Of the layer that is being unpacked. */
  readonly traces: LayerTraces;
}

async function unpackItem(unpacking: Unpacking, item: TarItem): Promise<void> {
  const { folders, traces } = unpacking;
  const { path } = item.entry;
  if (isWhiteout(path)) {
    applyWhiteout(folders, path, traces);
    return;
  }
  await unpackEntry(unpacking, item);
  if (process.getuid?.() === 0) applyOwner(folders.root, item.entry);
  addWithAncestors(traces.own, path);
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

async function unpackEntry(unpacking: Unpacking, { entry, content }: TarItem): Promise<void> {
  const { folders } = unpacking;
  const { path, type, mode, linkPath } = entry;
  makeParents(unpacking, path);
  const target = joinPath(folders.root, path);
  const standing = lstatSync(target, { throwIfNoEntry: false });
  const isKept = type === "directory" && standing?.isDirectory() === true;
  if (standing !== undefined && !isKept) folders.remove(path);
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
      linkTo(folders, linkPath, path);
      break;
    case "character":
    case "block":
    case "fifo":
      break;
  }
}

function linkTo(folders: RootFolders, linkPath: string, path: string): void {
  const file = joinPath(folders.root, linkPath);
  if (!folders.has(parentOf(linkPath)) || lstatSync(file, { throwIfNoEntry: false }) === undefined)
    throw malformed(path, `${path} of a layer is a hard link to ${linkPath}, which is not there`);
  linkSync(file, joinPath(folders.root, path));
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

/** Makes the directories above a path, in the place of what lower layers have there. @throws ImageError IMAGE_CONTENT */
function makeParents({ folders, budget, traces }: Unpacking, path: string): void {
  folders.walk(parentOf(path), (above, standing) => {
    if (standing?.isDirectory() === true) return true;
    if (traces.own.has(above))
      throw malformed(path, `${path} of a layer crosses ${above}, which the same layer made no directory`);
    if (standing !== undefined) folders.remove(above);
    budget.imply(above);
    mkdirSync(joinPath(folders.root, above), { mode: 0o755 });
    return true;
  });
}

function malformed(path: string, message: string): ImageError {
  return new ImageError("IMAGE_CONTENT", message, {
    hint: "do not use this image: it is malformed or hostile",
    context: { path },
  });
}
