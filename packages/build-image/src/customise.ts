import type { StoredPackage } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import type { Ports } from "@apkmill/core";
import { addAccounts, resolveRunAs, warnAboutRunAs } from "./accounts.ts";
import { addBusyboxLinks } from "./busybox-links.ts";
import { addCertificates } from "./certificates.ts";
import { fileAt } from "./file-at.ts";
import type { ImageTree } from "./image-tree.ts";
import { addLoaderCache } from "./loader-cache.ts";
import { applyPaths } from "./paths.ts";
import type { HashFile, ReadFile, ReadText } from "./put-file.ts";
import { hashPlannedFile, readPlannedFile } from "./read-file.ts";
import { requireRuntimeKeys } from "./runtime-keys.ts";
import { addServices } from "./services.ts";
import { addSkeleton } from "./skeleton.ts";

/**
 * Adds to the packages' tree what apko adds, in its order (reference apko §4.5): later steps see what earlier ones made.
 * Returns the image's user and what the user of apkmill should be told.
 * @throws ImageError IMAGE_ACCOUNT, IMAGE_PATH, IMAGE_CERTIFICATE, IMAGE_KEY, IMAGE_UNSUPPORTED, IMAGE_SYNTAX, IMAGE_CONTENT ·
 * CoreError LIMIT_EXCEEDED
 */
export async function customise(
  ports: Pick<Ports, "store" | "limits">,
  tree: ImageTree,
  config: ImageConfig,
  {
    packages,
    arch,
    mtime,
  }: { readonly packages: readonly StoredPackage[]; readonly arch: string; readonly mtime: number },
): Promise<{ readonly user: string; readonly warnings: readonly string[] }> {
  const { limits } = ports;
  const readFile: ReadFile = async (path) => {
    const entry = fileAt(tree, path);
    return entry === undefined ? undefined : readPlannedFile(ports, packages, entry);
  };
  const hashFile: HashFile = async (path) => {
    const entry = fileAt(tree, path);
    return entry === undefined ? undefined : hashPlannedFile(ports, packages, entry);
  };
  const readText: ReadText = async (path) => (await readFile(path))?.toString("utf8");
  addSkeleton(tree);
  const passwd = await addAccounts(tree, config, { readText, limits });
  const user = resolveRunAs(config.accounts.runAs, passwd);
  const unknown = warnAboutRunAs(config.accounts.runAs, passwd);
  applyPaths(tree, config, limits);
  const certificates = await addCertificates(tree, config, { packages, readFile, hashFile, limits, mtime });
  await requireRuntimeKeys(tree, config, readText);
  addServices(tree, config, limits);
  const links = await addBusyboxLinks(tree, readFile);
  const loader = await addLoaderCache(ports, tree, { packages, arch, readText });
  return { user, warnings: [...unknown, ...certificates, ...links, ...loader] };
}
