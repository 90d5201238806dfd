import { join } from "node:path";
import type { InstalledPackage } from "@apkmill/apk";
import { append, readFileWithin, type Limits } from "@apkmill/core";
import { readInstalled, readRoot, readView, type InstalledRoot, type RootReader, type RootView } from "@apkmill/rootfs";
import { unusableBase } from "./base-error.ts";
import type { BaseTree } from "./base-tree.ts";

/** What the tree shows to a plan of changes. */
export function viewBase(tree: BaseTree): RootView {
  const names = new Map<string, string[]>();
  for (const path of tree.keys()) {
    const slash = path.lastIndexOf("/");
    append(names, path.slice(0, Math.max(0, slash)), path.slice(slash + 1));
  }
  return {
    at: (path) => {
      const node = tree.get(path);
      if (node === undefined) return undefined;
      const { entry, sha1 } = node;
      return { ...entry, sha1, type: entry.type === "hardlink" ? "file" : entry.type };
    },
    namesIn: (folder) => names.get(folder) ?? [],
    digestOf: (path, algorithm) => {
      const node = tree.get(path);
      return (algorithm === "sha1" ? node?.sha1 : node?.entry.sha256) ?? "";
    },
  };
}

/** Where apk has its database, and where merged-usr systems without a link at `lib` do. */
const databaseFolders = ["lib/apk/db", "usr/lib/apk/db"];

/**
 * What the base says of itself: the database in its layers, and the packages that `listing` adds to it.
 *
 * apko reads the listing alone, which is in the form of a database and may say nothing of files. The image's own says whose its files
 * are, so it goes first; the two must not contradict each other. An image without a database (apko's own has one) counts the
 * packages of the listing.
 * @throws ImageError IMAGE_BASE · RootfsError ROOTFS_BAD_DATABASE · CoreError LIMIT_EXCEEDED
 */
export async function readBaseRoot(
  name: string,
  {
    tree,
    view,
    listing,
  }: { readonly tree: BaseTree; readonly view: RootView; readonly listing: readonly InstalledPackage[] },
  limits: Limits,
): Promise<InstalledRoot> {
  const reader = readView(view, (path) => contentAt(tree, path));
  const folder = findDatabase(reader);
  const root = await readRoot(reader, folder ?? "lib/apk/db", limits);
  return {
    ...root,
    packages: joined(name, root.packages, listing),
    ...(folder === undefined ? { scriptsForm: "scripts.tar" as const } : {}),
  };
}

/** The packages of an `apkindex` folder for one architecture: `ARCH/APKINDEX`, plain text in the form of a database. */
export async function readListing(folder: string, arch: string, limits: Limits): Promise<readonly InstalledPackage[]> {
  const text = (await readFileWithin(join(folder, arch, "APKINDEX"), limits.indexBytes)).toString("utf8");
  return readInstalled(text, { limits });
}

function contentAt(tree: BaseTree, path: string): Buffer | undefined {
  const source = tree.get(path)?.entry.source;
  return source?.kind === "generated" ? Buffer.from(source.content) : undefined;
}

function findDatabase(reader: RootReader): string | undefined {
  return databaseFolders.find((folder) => reader.names(folder).includes("installed"));
}

function joined(
  name: string,
  own: readonly InstalledPackage[],
  listing: readonly InstalledPackage[],
): readonly InstalledPackage[] {
  const versions = new Map(own.map((one) => [one.name, one.version]));
  const other = listing.find((one) => (versions.get(one.name) ?? one.version) !== one.version);
  if (other === undefined) return [...own, ...listing.filter((one) => !versions.has(one.name))];
  const found = `${other.name}-${versions.get(other.name) ?? ""}`;
  throw unusableBase(
    name,
    `apkindex says ${other.name}-${other.version}, the image has ${found}`,
    "correct the listing, or leave out apkindex",
  );
}
