import { joinPath } from "../entry-path.ts";
import type { PlannedEntry } from "../plan.ts";
import type { LibraryFacts } from "./library-facts.ts";
import { compareLibraryNames, isLibraryName } from "./library-names.ts";
import type { LoaderDirectory } from "./loader-directories.ts";
import { follow, type LoaderRoot } from "./loader-root.ts";

/** One line of the cache: who asks for `soname` gets the file at `path`. */
export interface CachedLibrary {
  readonly soname: string;
  /** Absolute. */
  readonly path: string;
  readonly flags: number;
  readonly processors?: string;
}

/** A name in a directory that may be a library's. */
export interface Candidate {
  readonly directory: LoaderDirectory;
  readonly name: string;
  readonly isLink: boolean;
  /** The file that it leads to. */
  readonly file: PlannedEntry;
}

/** The names in these directories that may be libraries. */
export function candidatesIn(root: LoaderRoot, directories: readonly LoaderDirectory[]): Candidate[] {
  return directories.flatMap((directory) => {
    const real = root.resolve(directory.path) ?? "";
    return [...root.names(real)].filter(isLibraryName).flatMap((name) => {
      const file = follow(root, joinPath(real, name));
      const isLink = root.get(joinPath(real, name))?.type === "symlink";
      return file?.type === "file" || file?.type === "hardlink" ? [{ directory, name, isLink, file }] : [];
    });
  });
}

interface Named extends Candidate {
  readonly soname: string;
  readonly flags: number;
}

/**
 * The libraries among the candidates of one directory, one for each soname: a file comes before a link, a newer name before an older.
 * A link that is a name of its own (`libNAME.so` for the linker, or the soname) stands for itself. Source: glibc, ldconfig.c.
 */
export function chooseLibraries(
  candidates: readonly Candidate[],
  factsOf: (candidate: Candidate) => LibraryFacts | undefined,
): CachedLibrary[] {
  const chosen = new Map<string, Named>();
  for (const candidate of candidates) {
    const facts = factsOf(candidate);
    if (facts === undefined) continue;
    const named = nameOf(candidate, facts);
    const standing = chosen.get(named.soname);
    if (standing === undefined || isBetter(named, standing)) chosen.set(named.soname, named);
  }
  const present = new Set(candidates.map(({ name }) => name));
  return [...chosen.values()].map((named) => cachedAs(named, present));
}

function nameOf(candidate: Candidate, { soname, flags }: LibraryFacts): Named {
  const { name } = candidate;
  const own = soname === "" ? name : soname;
  const standsForItself = name === own || (name.endsWith(".so") && own.startsWith(name));
  const isLink = candidate.isLink && standsForItself;
  return { ...candidate, isLink, soname: isLink ? name : own, flags };
}

function isBetter(one: Named, other: Named): boolean {
  if (one.isLink !== other.isLink) return other.isLink;
  return compareLibraryNames(other.name, one.name) < 0;
}

/**
 * The cache names a library by its soname, so that a newer file under that name is found without a new cache. ldconfig makes a
 * missing link; here the file itself is named then.
 */
function cachedAs({ directory, name, soname, flags }: Named, present: ReadonlySet<string>): CachedLibrary {
  const { path, processors } = directory;
  const file = processors === undefined && present.has(soname) ? soname : name;
  return { soname, path: `${path}/${file}`, flags, ...(processors === undefined ? {} : { processors }) };
}
