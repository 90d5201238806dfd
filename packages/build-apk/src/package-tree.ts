import type { TarEntry } from "@apkmill/archive";
import type { ElfFacts } from "./elf.ts";

/** The file tree of one package as the pipelines left it, read once; analysis, lint and packing look only at this. */
export interface PackageTree {
  /** Name of the package that it becomes. */
  readonly packageName: string;
  /** In archive order, see {@link compareArchivePaths}. The root itself is not among them. */
  readonly entries: readonly TreeEntry[];
}

export interface TreeEntry extends TarEntry {
  /** Regular files that the pipelines left. */
  readonly file?: FileFacts;
  /** Regular files that we add, such as the SBOM. */
  readonly generated?: Uint8Array;
}

export interface FileFacts {
  /** Where the content is on this machine. */
  readonly diskPath: string;
  /** The first bytes, at most 128: enough for a `#!` line or a magic number. */
  readonly head: Buffer;
  /** Undefined where it is not an ELF file. */
  readonly elf: ElfFacts | undefined;
}

/** The directory part of a path in a package, "" for the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** The last part of a path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Archive order: depth first, the names in a directory by their bytes. */
export function compareArchivePaths(a: string, b: string): number {
  // No name holds a NUL, which sorts before every byte that one may hold: a folder's content comes before its next sibling.
  return Buffer.compare(Buffer.from(a.replaceAll("/", "\0")), Buffer.from(b.replaceAll("/", "\0")));
}
