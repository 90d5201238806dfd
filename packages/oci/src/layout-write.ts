import { mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  hexOf,
  isSystemError,
  requireGoing,
  stageFiles,
  writeFileAside,
  unwritable,
  type Digest,
  type StagedFile,
  type Store,
} from "@apkmill/core";
import { OciError } from "./oci-error.ts";
import { mediaTypes, type Descriptor } from "./values.ts";

/** Content of a layout: bytes in memory, or a blob of the store that is linked, not copied. */
export type LayoutBlob =
  { readonly digest: Digest; readonly bytes: Uint8Array } | { readonly digest: Digest; readonly stored: true };

export interface LayoutContent {
  /** The image index or manifest that the layout is of. */
  readonly top: Descriptor;
  /** Name of the image inside the layout (`org.opencontainers.image.ref.name`), as umoci and skopeo ask for it. */
  readonly refName?: string;
  readonly blobs: readonly LayoutBlob[];
  /** More files beside `index.json`, such as SBOMs. */
  readonly files?: ReadonlyMap<string, string>;
}

/**
 * Writes an OCI image layout (image-spec, "Image Layout"). Its `index.json` names one image by digest, so that any change of
 * what is inside is found by whoever reads it.
 *
 * An earlier layout in the directory is replaced, and is whole at every moment until the new one is:
 *
 * 1. the new blobs are put beside the old ones, which is no change, as each bears the name of its content;
 * 2. everything else is written under hidden names; from here on no room is needed;
 * 3. `index.json` is renamed, after the other files: that is the moment at which the image is another one;
 * 4. what the new one does not name goes: blobs, SBOMs of other platforms, and what killed processes have left.
 *
 * Failing before step 3 takes the new blobs away again; a killed process leaves them to the next one's step 4. So only one process at
 * a time may write a directory: the caller sees to that (`exclusively`).
 * @throws OciError LAYOUT_OCCUPIED when something else stands there · CoreError FILE_UNWRITABLE, STORE_MISSING, CANCELLED
 */
export async function writeLayout(
  store: Store,
  directory: string,
  content: LayoutContent,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const target = resolve(directory);
  const before = await namesOfLayout(target);
  let staged: StagedFile | undefined;
  try {
    // First of all, so that what a killed process leaves is known for a layout.
    if (before.kind !== "layout") await writeFileAside(join(target, "oci-layout"), layoutFile);
    await makeFolder(blobFolder(target));
    await placeBlobs(store, target, content, signal);
    staged = await stageFiles(namesAndTexts(target, content));
    staged.commit();
  } catch (error) {
    staged?.discard();
    await takeBack(target, before);
    throw error;
  }
  await removeUnnamed(target, content);
}

function indexOf({ top, refName }: LayoutContent): unknown {
  const annotations = refName === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": refName } };
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [{ ...top, ...annotations }] };
}

const layoutFile = `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`;

/** In the order in which they take their names: `index.json` last. */
function namesAndTexts(target: string, content: LayoutContent): [path: string, text: string][] {
  const files = Array.from(content.files ?? [], ([name, text]): [string, string] => [join(target, name), text]);
  return [
    [join(target, "oci-layout"), layoutFile],
    ...files,
    [join(target, "index.json"), `${JSON.stringify(indexOf(content))}\n`],
  ];
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

async function placeBlobs(
  store: Store,
  target: string,
  { blobs }: LayoutContent,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pathOf = ({ digest }: LayoutBlob): string => join(blobFolder(target), hexOf(digest));
  for (const blob of blobs) {
    if (signal !== undefined) requireGoing(signal, `writing ${target}`);
    if ("stored" in blob) await store.place(blob.digest, pathOf(blob));
  }
  const made = blobs.flatMap((blob): [string, Uint8Array][] => ("bytes" in blob ? [[pathOf(blob), blob.bytes]] : []));
  (await stageFiles(new Map(made))).commit();
}

/** What stood in a directory before, as far as it may have to be restored. */
interface Before {
  readonly kind: "nothing" | "empty" | "layout";
  /** File names in `blobs/sha256`. */
  readonly blobs: ReadonlySet<string>;
}

/** An earlier layout may be replaced, an empty directory filled; nothing else is touched. @throws OciError LAYOUT_OCCUPIED */
async function namesOfLayout(target: string): Promise<Before> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return { kind: "nothing", blobs: new Set() };
  // A hidden file is what a process left that was killed before it began.
  const names = found.isDirectory() ? (await readdir(target)).filter((name) => !name.startsWith(".apkmill-")) : ["."];
  if (names.length === 0) return { kind: "empty", blobs: new Set() };
  if (names.includes("oci-layout")) return { kind: "layout", blobs: new Set(await namesIn(blobFolder(target))) };
  throw new OciError("LAYOUT_OCCUPIED", `cannot write a layout to ${target}: something else stands there`, {
    hint: "name an empty or absent directory, or one that holds a layout",
    context: { path: target },
  });
}

/** Leaves the directory as it was; what cannot be removed now is removed by the next who writes there. */
async function takeBack(target: string, { kind, blobs }: Before): Promise<void> {
  try {
    for (const name of await namesIn(blobFolder(target))) {
      if (!blobs.has(name)) await rm(join(blobFolder(target), name), { force: true });
    }
    if (kind === "layout") return;
    for (const name of await namesIn(target)) await rm(join(target, name), { recursive: true, force: true });
    if (kind === "nothing") await rmdir(target);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

async function removeUnnamed(target: string, { blobs, files }: LayoutContent): Promise<void> {
  const named = new Set(blobs.map(({ digest }) => hexOf(digest)));
  for (const name of await namesIn(blobFolder(target))) {
    if (!named.has(name)) await rm(join(blobFolder(target), name), { recursive: true, force: true });
  }
  const isOurs = (name: string): boolean => /^(\.apkmill-|sbom-.*\.json$)/.test(name) && files?.has(name) !== true;
  for (const name of (await namesIn(target)).filter(isOurs))
    await rm(join(target, name), { recursive: true, force: true });
}

function blobFolder(target: string): string {
  return join(target, "blobs", "sha256");
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
