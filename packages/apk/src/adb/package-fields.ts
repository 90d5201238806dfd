import type { PackageControl, PackageInfo } from "../package-info.ts";
import type { DependencyTexts } from "./dependency-text.ts";
import type { AdbNode } from "./values.ts";

/** Slots of a `pkginfo` object (reference apk-formats A11). */
const slots = {
  name: 1,
  version: 2,
  hashes: 3,
  description: 4,
  arch: 5,
  license: 6,
  origin: 7,
  maintainer: 8,
  url: 9,
  commit: 10,
  buildTime: 11,
  installedSize: 12,
  fileSize: 13,
  providerPriority: 14,
  depends: 15,
  provides: 16,
  replaces: 17,
  installIf: 18,
  recommends: 19,
  layer: 20,
  tags: 21,
} as const;

/** What a package and an index entry say alike. */
export function readPackageInfo(info: AdbNode, lists: DependencyTexts): PackageInfo {
  return {
    name: nameIn(info, slots.name),
    version: nameIn(info, slots.version),
    arch: nameIn(info, slots.arch),
    description: lineIn(info, slots.description),
    url: lineIn(info, slots.url),
    license: lineIn(info, slots.license),
    origin: lineIn(info, slots.origin),
    maintainer: lineIn(info, slots.maintainer),
    commit: info.blob(slots.commit)?.toString("hex") ?? "",
    buildTime: info.integer(slots.buildTime) ?? 0,
    installedSizeBytes: info.integer(slots.installedSize) ?? 0,
    providerPriority: info.integer(slots.providerPriority) ?? 0,
    depends: lists.list(info, slots.depends),
    provides: lists.list(info, slots.provides),
    installIf: lists.list(info, slots.installIf),
  };
}

/** What only a package says of itself; `triggers` and `replacesPriority` stand beside its `pkginfo`. */
export function readPackageOnly(
  info: AdbNode,
  lists: DependencyTexts,
): Pick<PackageControl, "replaces" | "recommends" | "layer" | "tags"> {
  const tags =
    info
      .node(slots.tags)
      ?.texts()
      .map((tag) => requireWord(info, tag)) ?? [];
  const layer = info.integer(slots.layer) ?? 0;
  return {
    replaces: lists.list(info, slots.replaces),
    recommends: lists.list(info, slots.recommends),
    layer,
    tags,
  };
}

/** In an index the hash that identifies the package; in a package the unique id. */
export function hashesOf(info: AdbNode): Buffer | undefined {
  return info.blob(slots.hashes);
}

/** Size of the `.apk` file; 0 where it is not said. */
export function fileSizeOf(info: AdbNode): number {
  return info.integer(slots.fileSize) ?? 0;
}

function nameIn(info: AdbNode, slot: number): string {
  return requireWord(info, info.text(slot));
}

/** The text, unless it is more than one word. These become words of a list, parts of paths and URLs: there must be no space or line break in them. */
export function requireWord(info: AdbNode, text: string): string {
  if (!/[\p{C}\s]/u.test(text)) return text;
  return info.refuse(`expected a single word, found ${JSON.stringify(text.slice(0, 100))}`);
}

/** The text forms of an index and of the database have one line for each of these. */
function lineIn(info: AdbNode, slot: number): string {
  return info.text(slot).replace(/[\r\n\0]+/g, " ");
}
