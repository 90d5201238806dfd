import type { AnalysisRequest, Findings } from "./analyser.ts";
import type { ElfFacts } from "./elf.ts";
import { baseOf, folderOf, type PackageTree, type TreeEntry } from "./package-tree.ts";
import { readContent } from "./read-tree.ts";

const libraryFolders = ["lib", "usr/lib", "lib64", "usr/lib64"];

/**
 * `so:` dependencies and provides.
 *
 * An object offers its SONAME when it lies directly in a folder that the loader searches; elsewhere only the package itself can
 * find it (vendored). An object needs its interpreter and every versioned library it names; a library named without a version
 * (`libfoo.so`) is somebody's private plug-in and would tie packages to names that nothing provides. A link to a library
 * needs that library, wherever in this build it ended: a `-dev` package then draws in the library itself.
 */
export async function analyseSharedObjects(request: AnalysisRequest): Promise<Findings> {
  const folders = new Set([...libraryFolders, ...(await configuredFolders(request.siblings))]);
  const depends: string[] = [];
  const provides: string[] = [];
  const vendored: string[] = [];
  for (const entry of objectsOf(request.tree)) {
    depends.push(...needsOf(entry.elf));
    for (const soname of offeredNames(entry)) {
      if (!folders.has(folderOf(entry.path))) {
        vendored.push(`so:${soname}`);
        continue;
      }
      provides.push(`so:${soname}=${libraryVersion(soname)}`, `so-ver:${soname}=${request.fullVersion}`);
    }
  }
  for (const link of request.tree.entries) {
    if (link.type === "symlink" && link.path.includes(".so"))
      depends.push(...linkedNames(link, request.siblings, folders));
  }
  const wanted = (item: string): boolean => !isHostLibrary(item);
  return { depends: depends.filter(wanted), provides: provides.filter(wanted), vendored };
}

interface ObjectEntry {
  readonly path: string;
  readonly elf: ElfFacts;
}

/** ELF files under every name they have; a hard link is the file it is linked to. */
function objectsOf(tree: PackageTree): ObjectEntry[] {
  const byPath = new Map<string, ElfFacts>();
  return tree.entries.flatMap((entry) => {
    const elf = entry.type === "hardlink" ? byPath.get(entry.linkPath) : entry.file?.elf;
    if (elf === undefined) return [];
    byPath.set(entry.path, elf);
    return [{ path: entry.path, elf }];
  });
}

function needsOf(elf: ElfFacts): string[] {
  const interpreter = elf.interpreter === "" ? [] : [interpreterName(elf.interpreter)];
  const libraries = elf.needed.filter((name) => name.includes(".so."));
  return [...interpreter, ...libraries].map((name) => `so:${name}`);
}

/** musl's loader is its C library, which is known by the library's name. */
function interpreterName(path: string): string {
  return baseOf(path).replace(/^ld-musl/, "libc.musl");
}

/** A program may carry a SONAME too (a position independent one by mistake); it is no library for that. */
function offeredNames({ path, elf }: ObjectEntry): readonly string[] {
  const base = baseOf(path);
  const isLibrary = elf.interpreter === "" || base.includes(".so.") || base.endsWith(".so");
  return isLibrary ? elf.sonames : [];
}

/** `6` for `libc.so.6`; `0` where what follows `.so.` is no version. */
export function libraryVersion(soname: string): string {
  const at = soname.indexOf(".so.");
  const version = at === -1 ? "" : soname.slice(at + 4);
  return /^[0-9]+(\.[0-9]+)*$/.test(version) ? version : "0";
}

function linkedNames(link: TreeEntry, siblings: readonly PackageTree[], folders: ReadonlySet<string>): string[] {
  const target = baseOf(link.linkPath);
  return siblings
    .flatMap(objectsOf)
    .filter(({ path }) => baseOf(path) === target && folders.has(folderOf(path)))
    .flatMap(({ elf }) => elf.sonames.map((soname) => `so:${soname}`));
}

/** Folders that a package of this build adds to the loader's configuration. */
async function configuredFolders(siblings: readonly PackageTree[]): Promise<string[]> {
  const files = siblings
    .flatMap((tree) => tree.entries)
    .filter((entry) => folderOf(entry.path) === "etc/ld.so.conf.d" && entry.path.endsWith(".conf"));
  const texts = await Promise.all(files.map((entry) => readContent(entry, 1 << 20)));
  return texts
    .flatMap((text) => text.toString("utf8").split("\n"))
    .map((line) => line.trim())
    .filter((line) => line.startsWith("/"))
    .map((line) => line.replace(/^\/+|\/+$/g, ""));
}

/** Libraries of NVIDIA's driver, which come from the host that runs a container and never from a package. */
const hostLibraries = new Set(
  ["cuda", "cudadebugger", "EGL_nvidia", "GLESv1_CM_nvidia", "GLESv2_nvidia", "GLX_nvidia", "nvcuvid"]
    .concat(
      ["allocator", "cfg", "compiler", "eglcore", "encode", "fbc", "glcore", "glsi", "glvkspirv", "gtk2", "gtk3"].map(
        (part) => `nvidia-${part}`,
      ),
    )
    .concat(
      ["ml", "ngx", "nvvm", "opencl", "opticalflow", "pkcs11", "ptxjitcompiler", "rtcore", "tls"].map(
        (part) => `nvidia-${part}`,
      ),
    ),
);

function isHostLibrary(item: string): boolean {
  const name = /^so(?:-ver)?:lib([^.]+)\.so\./.exec(item)?.[1];
  return name !== undefined && hostLibraries.has(name);
}
