import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, writeFileAside, type Digest, type Ports } from "@apkmill/core";
import { isIndex, openImage, openLayout, type OpenedImage } from "@apkmill/oci";
import { buildImage } from "./build-image.ts";
import type { ImageOptions } from "./build-options.ts";
import { platformKey, type BuiltImage } from "./built-image.ts";
import { compareImages, type BuildDifference } from "./compare-images.ts";
import { formatLock } from "./lock-file.ts";
import { lockFromImage } from "./lock-from-image.ts";
import { recoverLayering, recoverOptions } from "./recover-options.ts";

export interface VerifiedBuild {
  readonly equal: boolean;
  /** Of the image. */
  readonly digest: Digest;
  /** Of what was built; left out when that was not possible with what the repositories have. */
  readonly rebuilt?: Digest;
  /** Empty when equal. */
  readonly differences: readonly BuildDifference[];
}

/**
 * Builds an image again and says whether the same comes out. With a lock, of the packages that it names; without one, of those that the
 * image's own database names, found by their identity in the repositories of the configuration, whose indexes must be signed.
 * @throws OciError LAYOUT_… · ImageError IMAGE_… · and what building throws
 */
export async function verifyBuild(ports: Ports, name: string, options: ImageOptions): Promise<VerifiedBuild> {
  const image = await openImage(ports, name);
  const folder = await mkdtemp(join(tmpdir(), "apkmill-verify-"));
  try {
    return await verifyIn(folder, { ...ports, env: withoutDate(ports.env) }, image, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verifyIn(folder: string, ports: Ports, image: OpenedImage, given: ImageOptions): Promise<VerifiedBuild> {
  const { digest } = image.top;
  const recovered = recoverOptions(image, given);
  const locked = await withLock(folder, ports, image, recovered);
  if ("missing" in locked) return { equal: false, digest, differences: locked.missing };

  const request = { ...locked.options, output: join(folder, "layout") };
  const quiet = { ...ports, log: silentLogger };
  const layering = given.layering ?? (await recoverLayering(quiet, image, request));
  const built = await buildImage(quiet, { ...request, ...(layering === undefined ? {} : { layering }) });
  const rebuilt = rebuiltDigest(image, built) ?? digest;
  if (rebuilt === digest) return { equal: true, digest, rebuilt, differences: [] };
  const differences = await compareImages(image, await openLayout(request.output, ports.limits), ports.limits);
  return { equal: false, digest, rebuilt, differences };
}

/** What the image is named by: its index, or the manifest of the one platform that it is. */
function rebuiltDigest({ top, platforms }: OpenedImage, built: BuiltImage): Digest | undefined {
  if (isIndex(top)) return built.digest;
  const [own] = platforms;
  return built.platforms.find(({ platform }) => own !== undefined && platform === platformKey(own.platform))?.digest;
}

/** The options with a lock: the one given, or one made of what the image says. */
async function withLock(
  folder: string,
  ports: Ports,
  image: OpenedImage,
  options: ImageOptions,
): Promise<{ readonly options: ImageOptions } | { readonly missing: readonly BuildDifference[] }> {
  if (options.lockfile !== undefined) return { options };
  const found = await lockFromImage(ports, image, options);
  if ("missing" in found) return found;
  const lockfile = join(folder, "image.lock.json");
  await writeFileAside(lockfile, formatLock(found.lock));
  return { options: { ...options, lockfile } };
}

/** The image says when it was made, not the environment of who verifies it. */
function withoutDate(env: Ports["env"]): Ports["env"] {
  return { ...env, SOURCE_DATE_EPOCH: undefined };
}
