import { compareBytes, requireWithin, type Limits } from "@apkmill/core";
import { joinPath, parentOf } from "../entry-path.ts";
import { matchPaths } from "./match-paths.ts";
import { follow, type LoaderRoot } from "./loader-root.ts";

/** A directory of libraries, as its name goes into the cache. */
export interface LoaderDirectory {
  /** Absolute, as it was written. */
  readonly path: string;
  /** The name of a directory below `glibc-hwcaps`: libraries for some processors only. */
  readonly processors?: string;
}

const settings = "etc/ld.so.conf";
/** Where loaders look by themselves. A machine has those of its width; those that are missing do not matter. */
const standard = ["/lib", "/lib64", "/lib32", "/libx32", "/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/libx32"];

/**
 * The directories that hold the libraries of a root: those of `etc/ld.so.conf` and of the files that it includes, in order, then
 * the standard ones. A directory that has several names counts under the first. Source: glibc, ldconfig.c.
 * @throws CoreError LIMIT_EXCEEDED
 */
export async function loaderDirectories(root: LoaderRoot, limits: Limits): Promise<LoaderDirectory[]> {
  const written = await readSettings(root, settings, { seen: new Set(), limits });
  const seen = new Set<string>();
  return [...written, ...standard].flatMap((path) => {
    const real = root.resolve(path);
    if (real === undefined || seen.has(real) || root.get(real)?.type !== "directory") return [];
    seen.add(real);
    return [{ path }, ...processorDirectories(root, path, real)];
  });
}

/** Below each directory there may be others that hold better versions for newer processors. */
function processorDirectories(root: LoaderRoot, path: string, real: string): LoaderDirectory[] {
  const below = [...root.names(joinPath(real, "glibc-hwcaps"))].filter((name) => !name.startsWith("."));
  return below.sort(compareBytes).flatMap((name) => {
    const place = `${path}/glibc-hwcaps/${name}`;
    return follow(root, place)?.type === "directory" ? [{ path: place, processors: name }] : [];
  });
}

interface Reading {
  /** Files that were read: reading one again would add nothing, and might not end. */
  readonly seen: Set<string>;
  readonly limits: Limits;
}

async function readSettings(root: LoaderRoot, path: string, reading: Reading): Promise<string[]> {
  const real = root.resolve(path);
  if (real === undefined || reading.seen.has(real)) return [];
  reading.seen.add(real);
  requireWithin(`files that ${settings} includes`, reading.seen.size, reading.limits.entries, "entries");
  const found: string[] = [];
  for (const line of ((await root.readText(real)) ?? "").split("\n")) {
    const [words = ""] = line.split("#", 1);
    const included = /^\s*include[ \t](.*)$/.exec(words)?.[1];
    if (included === undefined) found.push(...directoryOf(words));
    else {
      for (const pattern of included.split(/\s+/).filter((word) => word !== ""))
        for (const each of matchPaths(root, absolute(pattern, path)))
          found.push(...(await readSettings(root, each, reading)));
    }
  }
  requireWithin(`directories of ${settings}`, found.length, reading.limits.entries, "entries");
  return found;
}

/** A pattern without a slash in front is relative to the file that has it. */
function absolute(pattern: string, file: string): string {
  return pattern.startsWith("/") ? pattern : joinPath(parentOf(file), pattern);
}

/** `hwcap` lines are from before 2.33, and so are suffixes that name an old C library; other than absolute paths lead nowhere. */
function directoryOf(words: string): string[] {
  const path = words
    .trim()
    .replace(/=(libc4|libc5|libc6|glibc2)$/, "")
    .replace(/\/+$/, "");
  return path.startsWith("/") && !/\p{Cc}/u.test(path) ? [path] : [];
}
