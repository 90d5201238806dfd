import type { AnalysisRequest, Findings } from "./analyser.ts";
import type { TreeEntry } from "./package-tree.ts";
import { readContent } from "./read-tree.ts";

const modules = /^(?:usr\/)?lib\/modules\/([^/]+)\/.+\.ko(?:\.(?:gz|xz|zst))?$/;

/**
 * `linux:` provides of a kernel and dependencies of its modules. The release of a module is the folder that it must be installed
 * in to be found; that of a kernel stands in the header of its image (Documentation/arch/x86/boot.rst: kernel_version).
 */
export async function analyseKernel({ tree }: AnalysisRequest): Promise<Findings> {
  const images = tree.entries.filter((entry) => entry.path.startsWith("boot/"));
  const releases = await Promise.all(images.map(kernelRelease));
  return {
    depends: tree.entries.flatMap((entry) => prefixed(modules.exec(entry.path)?.[1])),
    provides: releases.flatMap(prefixed),
    vendored: [],
  };
}

const prefixed = (release: string | undefined): string[] => (release === undefined ? [] : [`linux:${release}`]);

/** The setup part of an x86 boot image, which names the release, is at most 64 sectors long. */
async function kernelRelease(entry: TreeEntry): Promise<string | undefined> {
  const head = await readContent(entry, 65 * 512);
  if (head.length < 0x210) return undefined;
  if (head.toString("latin1", 0x202, 0x206) !== "HdrS") return undefined;
  const at = head.readUInt16LE(0x20e) + 0x200;
  return /^[^\s\0]+/.exec(head.toString("latin1", at, at + 128))?.[0];
}
