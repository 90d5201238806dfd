import type { StoredPackage } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import type { Ports } from "@apkmill/core";
import { addAccounts, resolveRunAs } from "./accounts.ts";
import { addBusyboxLinks } from "./busybox-links.ts";
import { addCertificates } from "./certificates.ts";
import type { ImageTree } from "./image-tree.ts";
import { applyPaths } from "./paths.ts";
import type { ReadText } from "./put-file.ts";
import { readPlannedFile } from "./read-file.ts";
import { addServices } from "./services.ts";
import { addSkeleton } from "./skeleton.ts";

/**
 * Adds to the packages' tree what apko adds, in its order (reference apko §4.5): later steps see what earlier ones made.
 * Returns the image's user and what the user of apkmill should be told.
 * @throws ImageError IMAGE_ACCOUNT, IMAGE_PATH, IMAGE_CERTIFICATE, IMAGE_UNSUPPORTED, IMAGE_SYNTAX
 */
export async function customise(
  ports: Pick<Ports, "store" | "limits">,
  tree: ImageTree,
  config: ImageConfig,
  { packages, mtime }: { readonly packages: readonly StoredPackage[]; readonly mtime: number },
): Promise<{ readonly user: string; readonly warnings: readonly string[] }> {
  const readText: ReadText = async (path) => {
    const entry = tree.follow(path);
    if (entry?.type !== "file" && entry?.type !== "hardlink") return undefined;
    return (await readPlannedFile(ports, packages, entry)).toString("utf8");
  };
  addSkeleton(tree);
  const passwd = await addAccounts(tree, config, readText);
  applyPaths(tree, config.paths);
  const warnings = await addCertificates(tree, config, { packages, readText, mtime });
  addServices(tree, config);
  const listed = await addBusyboxLinks(tree, readText);
  if (!listed) warnings.push("this busybox does not list its commands: only links that packages bring lead to it");
  if (tree.follow("etc/ld.so.conf") !== undefined)
    warnings.push(
      "no ld.so.cache is made: programs find libraries of etc/ld.so.conf only by the loader's default paths",
    );
  return { user: resolveRunAs(config.accounts.runAs, passwd), warnings };
}
