import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { asideOf, hexOf, isSystemError, pathExists, writeFileAside, type Digest, type Store } from "@apkmill/core";
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
 * what is inside is found by whoever reads it. The directory appears whole: it is made aside, and takes the place of an earlier
 * layout or of an empty directory only when all of it is written.
 * @throws OciError LAYOUT_OCCUPIED when something else stands there · CoreError FILE_UNWRITABLE, STORE_MISSING
 */
export async function writeLayout(store: Store, directory: string, content: LayoutContent): Promise<void> {
  const target = resolve(directory);
  await requireReplaceable(target);
  await mkdir(dirname(target), { recursive: true });
  const aside = asideOf(target);
  try {
    await mkdir(join(aside, "blobs", "sha256"), { recursive: true });
    for (const blob of content.blobs) await placeBlob(store, join(aside, "blobs", "sha256", hexOf(blob.digest)), blob);
    for (const [name, text] of content.files ?? []) await writeFileAside(join(aside, name), text);
    await writeFileAside(join(aside, "oci-layout"), `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`);
    await writeFileAside(join(aside, "index.json"), `${JSON.stringify(indexOf(content))}\n`);
    await replace(target, aside);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function indexOf({ top, refName }: LayoutContent): unknown {
  const annotations = refName === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": refName } };
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [{ ...top, ...annotations }] };
}

async function placeBlob(store: Store, path: string, blob: LayoutBlob): Promise<void> {
  if ("bytes" in blob) await writeFileAside(path, blob.bytes);
  else await store.place(blob.digest, path);
}

/** An earlier layout may be replaced, an empty directory filled; nothing else is touched. */
async function requireReplaceable(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return;
  const names = found.isDirectory() ? await readdir(target) : ["."];
  if (names.length === 0 || names.includes("oci-layout")) return;
  throw new OciError("LAYOUT_OCCUPIED", `cannot write a layout to ${target}: something else stands there`, {
    hint: "name an empty or absent directory, or one that holds a layout",
    context: { path: target },
  });
}

async function replace(target: string, aside: string): Promise<void> {
  const old = asideOf(target);
  if (await pathExists(target)) await rename(target, old);
  try {
    await rename(aside, target);
  } catch (error) {
    if (isSystemError(error)) await rename(old, target).catch(() => undefined);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
