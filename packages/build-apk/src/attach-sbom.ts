import { describePackageSpdx, formatCpe, formatSpdx } from "@apkmill/sbom";
import type { CompiledPackage } from "./compiled.ts";
import { fullVersionOf, licenseOf, type Output } from "./describe-control.ts";
import { describeSources } from "./describe-sources.ts";
import { compareArchivePaths, type PackageTree, type TreeEntry } from "./package-tree.ts";

/** What a package's SBOM is about. */
export interface SbomRequest {
  readonly compiled: CompiledPackage;
  readonly output: Output;
  readonly buildTime: number;
  /** `unknown` where the user named none. */
  readonly namespace: string;
}

const folder = "var/lib/db/sbom";

/** The tree with the package's SBOM in it, where tools that read images look for one. */
export function withSbom(tree: PackageTree, request: SbomRequest): PackageTree {
  const path = `${folder}/${request.output.name}-${fullVersionOf(request.compiled)}.spdx.json`;
  return withFile(tree, path, Buffer.from(describeSbom(request)), request.buildTime);
}

function describeSbom({ compiled, output, buildTime, namespace }: SbomRequest): string {
  const { package: main } = compiled;
  const document = describePackageSpdx({
    name: output.name,
    version: fullVersionOf(compiled),
    arch: compiled.arch,
    origin: main.name,
    description: output.description,
    url: output.url === "" ? main.url : output.url,
    license: licenseOf(main.copyright),
    copyright: main.copyright
      .map(({ attestation }) => attestation.trim())
      .filter((text) => text !== "")
      .join("\n"),
    namespace: namespace === "unknown" ? "" : namespace,
    createdEpoch: buildTime,
    // Of the product that the configuration packages: a scanner would find its flaws in the manual, too.
    cpe: output.name === main.name ? formatCpe(main.cpe, main.version) : undefined,
    sources: describeSources([...compiled.pipeline, ...(output.pipeline === compiled.pipeline ? [] : output.pipeline)]),
  });
  return formatSpdx(document);
}

/** The tree with a generated file at `path`, and the directories that it needs. */
export function withFile(tree: PackageTree, path: string, content: Buffer, mtime: number): PackageTree {
  const has = new Set(tree.entries.map((entry) => entry.path));
  const parts = path.split("/");
  const folders = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
  const added: TreeEntry[] = [
    ...folders
      .filter((each) => !has.has(each))
      .map((each): TreeEntry => ({ ...plain(each, mtime), type: "directory", mode: 0o755 })),
    { ...plain(path, mtime), type: "file", mode: 0o644, sizeBytes: content.length, generated: content },
  ];
  const entries = [...tree.entries.filter((entry) => entry.path !== path), ...added];
  return { ...tree, entries: entries.sort((a, b) => compareArchivePaths(a.path, b.path)) };
}

function plain(path: string, mtime: number): Omit<TreeEntry, "type" | "mode"> {
  return {
    path,
    uid: 0,
    gid: 0,
    uname: "root",
    gname: "root",
    sizeBytes: 0,
    mtime,
    linkPath: "",
    xattrs: new Map(),
    pax: new Map(),
  };
}
