import { createReadStream } from "node:fs";
import { join } from "node:path";
import { writePackage, type PackageItem } from "@apkmill/apk";
import { storeStream } from "@apkmill/core";
import type { BuildPorts } from "./build-options.ts";
import { describeControl, scriptsOf, type MeasuredPackage, type Output } from "./describe-control.ts";
import type { CompiledPackage } from "./compiled.ts";
import type { PackageTree, TreeEntry } from "./package-tree.ts";
import { streamContent } from "./read-tree.ts";
import type { PackedPackage } from "./remembered-build.ts";

/** Everything that one package is made of. */
export interface PackRequest {
  readonly compiled: CompiledPackage;
  readonly output: Output;
  readonly tree: PackageTree;
  readonly measured: MeasuredPackage;
  readonly namespace: string;
  readonly buildTime: number;
  /** The text of `.melange.yaml`: how the package was made, without what was secret about it. */
  readonly record: string;
}

/** Writes the package, unsigned, into the store. `folder` is for files under way. */
export async function pack(ports: BuildPorts, request: PackRequest, folder: string): Promise<PackedPackage> {
  const { compiled, output, tree, measured, buildTime, record } = request;
  const control = describeControl(compiled, output, measured, request);
  const { path } = await writePackage(join(folder, `${control.name}-${control.version}.apk`), {
    control,
    scripts: scriptsOf(output.scriptlets),
    extraControlFiles: new Map([[".melange.yaml", Buffer.from(record)]]),
    entries: tree.entries.map(itemOf),
    mtime: buildTime,
  });
  const stored = await storeStream(ports.store, createReadStream(path, { highWaterMark: 1 << 20 }), {
    what: path,
    limitBytes: ports.limits.dataBytes,
  });
  const { name, version, arch, origin, installedSizeBytes } = control;
  return { name, version, arch, origin, installedSizeBytes, digest: stored.digest };
}

function itemOf(entry: TreeEntry): PackageItem {
  if (entry.type !== "file") return { entry };
  return { entry, content: entry.generated ?? (() => streamContent(entry)) };
}
