import type { StoredPackage } from "@apkmill/apk";
import type { Limits, Store } from "@apkmill/core";
import { readCandidates } from "./candidate-facts.ts";
import { candidatesIn, chooseLibraries, type Candidate } from "./collect-libraries.ts";
import { formatLoaderCache } from "./format-cache.ts";
import type { LibraryFacts } from "./library-facts.ts";
import { loaderDirectories } from "./loader-directories.ts";
import { follow, type LoaderRoot } from "./loader-root.ts";
import { loaderPlatform, type LoaderPlatform } from "./machines.ts";

export interface LoaderCache {
  /** The content of `etc/ld.so.cache`. */
  readonly content: Buffer;
  /** Libraries of machines that the root's own programs cannot use: they are not in the cache. Absolute paths. */
  readonly foreign: readonly string[];
}

export interface LoaderCacheRequest {
  readonly packages: readonly StoredPackage[];
  /** apk's name. */
  readonly arch: string;
}

/**
 * Which libraries does the loader of this root find, and where?
 *
 * Contract: the cache that glibc's `ldconfig -X` makes in the same root: the same directories, the same choice between versions, in the
 * order that the loader relies on. Undefined for a root without `etc/ld.so.conf`, which has another C library or needs no cache.
 * Steps: directories → names that may be libraries → what their files say → the choice → bytes. No program of the root runs, and
 * each package is inflated once, as what its files say is remembered in the store.
 * The exception: where a library's soname has no link, the cache leads to the file itself (ldconfig would make the link).
 * @throws CoreError LIMIT_EXCEEDED
 */
export async function describeLoaderCache(
  ports: { readonly store: Store; readonly limits: Limits },
  root: LoaderRoot,
  { packages, arch }: LoaderCacheRequest,
): Promise<LoaderCache | undefined> {
  const platform = loaderPlatform(arch);
  if (platform === undefined || follow(root, "etc/ld.so.conf") === undefined) return undefined;
  const candidates = candidatesIn(root, await loaderDirectories(root, ports.limits));
  const facts = await readCandidates(ports, packages, candidates);
  const foreign = candidates.filter((candidate) => isForeign(platform, facts(candidate)));
  const known = (candidate: Candidate): LibraryFacts | undefined => {
    const found = facts(candidate);
    return isForeign(platform, found) ? undefined : found;
  };
  const byDirectory = Map.groupBy(candidates, ({ directory }) => directory);
  const libraries = [...byDirectory.values()].flatMap((some) => chooseLibraries(some, known));
  return {
    content: formatLoaderCache(libraries, platform.little),
    foreign: foreign.map(({ directory, name }) => `${directory.path}/${name}`),
  };
}

function isForeign({ machines }: LoaderPlatform, facts: LibraryFacts | undefined): boolean {
  return facts !== undefined && !machines.includes(facts.machine);
}
