import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The packages of the Alpine corpus as the bench needs them: in folders of our own, under the names that repositories use. */
export interface AlpineData {
  /** Folder of a repository with all 195 packages, not indexed yet. */
  readonly packages: string;
  readonly files: readonly string[];
  /** Folders of the two repositories whose full indexes the corpus has; their packages are not there. */
  readonly indexes: readonly string[];
}

const arch = "x86_64";

/** Lays the data out below `work`; undefined when the corpus is not there. */
export async function layOutAlpine(corpora: string, work: string): Promise<AlpineData | undefined> {
  const corpus = join(corpora, "alpine-3.19-x86_64");
  const [complete, cached] = await Promise.all([
    listPackages(join(corpus, "apks", arch)),
    listPackages(join(corpus, "cache")),
  ]).catch(() => [[], []]);
  if (complete.length === 0) return undefined;
  const packages = join(work, "packages");
  await mkdir(join(packages, arch), { recursive: true });
  const files = await Promise.all(
    [...complete, ...cached].map(async ({ path, name }) => {
      const file = join(packages, arch, name);
      await copyFile(path, file);
      return file;
    }),
  );
  const indexes = await Promise.all(
    ["APKINDEX.b2c94760.tar.gz", "APKINDEX.be78cdff.tar.gz"].map(async (name) => {
      const folder = join(work, name.slice(9, 17));
      await mkdir(join(folder, arch), { recursive: true });
      await copyFile(join(corpus, "cache", name), join(folder, arch, "APKINDEX.tar.gz"));
      return folder;
    }),
  );
  return { packages, files: files.sort(), indexes };
}

/** Cached packages carry the beginning of their identity in the file name, which repositories do not. */
async function listPackages(folder: string): Promise<{ readonly path: string; readonly name: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".apk"));
  return names.map((name) => ({ path: join(folder, name), name: name.replace(/\.[0-9a-f]{8}\.apk$/, ".apk") }));
}
