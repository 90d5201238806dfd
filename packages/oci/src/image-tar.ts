import { digestOf, hexOf, type Digest, type Limits } from "@apkmill/core";
import { readDockerArchive } from "./docker-archive.ts";
import { blobPath, readLayout, requireVersion, type LayoutFiles } from "./layout-read.ts";
import type { OpenedImage } from "./opened-image.ts";
import { parseDockerManifest } from "./parse-values.ts";
import { listTarMembers, malformedTar, type TarMembers } from "./tar-members.ts";

/**
 * Opens the one image of a tar: an OCI layout in a tar (ours, `docker save`'s of today, skopeo's `oci-archive`), apko's tar, which
 * has the image's index and names blobs in its own way, or a docker archive without any manifest (`docker save`'s of old, skopeo's
 * `docker-archive`). Where several of these forms are in one tar they must mean the same image.
 * @throws OciError LAYOUT_MALFORMED, LAYOUT_CONTENT · ArchiveError · CoreError LIMIT_EXCEEDED, FILE_UNREADABLE
 */
export async function openImageTar(path: string, limits: Limits): Promise<OpenedImage> {
  const members = listTarMembers(path, limits);
  const files = tarFiles(members);
  if (members.has("oci-layout")) await requireVersion(files, limits);
  if (members.has("oci-layout") || members.has("index.json")) {
    const image = await readLayout(files, limits);
    if (members.has("manifest.json")) await requireSameImage(members, image, limits);
    return image;
  }
  if (members.has("manifest.json")) return readDockerArchive(members, limits);
  throw malformedTar(path, "it holds neither index.json nor manifest.json");
}

/** `docker load` reads `manifest.json` where others read the index. What a configuration lists as layers Docker checks itself. */
async function requireSameImage(members: TarMembers, { platforms }: OpenedImage, limits: Limits): Promise<void> {
  const known = new Set(platforms.map(({ manifest }) => manifest.config.digest));
  for (const { Config } of parseDockerManifest(await members.read("manifest.json", limits.manifestBytes)) ?? []) {
    if (known.has(digestOf(await members.read(Config, limits.manifestBytes)))) continue;
    throw malformedTar(
      members.name,
      `its manifest.json names ${JSON.stringify(Config.slice(0, 200))}, which is of another image than its index`,
    );
  }
}

function tarFiles(members: TarMembers): LayoutFiles {
  const { name } = members;
  return {
    name,
    read: (path, limitBytes) => members.read(path, limitBytes),
    readBlob: async (digest, limitBytes) => members.read(memberOf(members, digest), limitBytes),
    openBlob: (digest) => members.open(memberOf(members, digest)),
  };
}

/** Layouts have a place for blobs; apko's tar names a layer after its digest, and all else by it (reference apko §2.2). */
function memberOf(members: TarMembers, digest: Digest): string {
  const layout = blobPath(digest);
  return [digest, `${hexOf(digest)}.tar.gz`].find((name) => !members.has(layout) && members.has(name)) ?? layout;
}
