import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readTar, type TarEntry } from "@apkmill/archive";
import { compareBytes, defaultLimits } from "@apkmill/core";

export interface ExportedTree {
  /** In the form of `image inspect --tree`. */
  readonly lines: readonly string[];
  /** Path → attribute → hex. */
  readonly xattrs: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

interface Exported extends TarEntry {
  readonly sha256: string;
}

/** What is in a tar of a whole root, such as `docker export` writes. */
export async function exportedTree(path: string): Promise<ExportedTree> {
  const entries = new Map<string, Exported>();
  for await (const { entry, content } of readTar(createReadStream(path), defaultLimits, { what: path })) {
    const hash = createHash("sha256");
    for await (const chunk of content) hash.update(chunk);
    entries.set(entry.path, { ...entry, sha256: hash.digest("hex") });
  }
  const paths = [...entries.keys()].filter((each) => each !== "").sort(compareBytes);
  const fileOf = (at: string): string =>
    entries.get(at)?.type === "hardlink" ? (entries.get(at)?.linkPath ?? at) : at;
  const firstNames = new Map<string, string>();
  for (const each of paths) if (!firstNames.has(fileOf(each))) firstNames.set(fileOf(each), each);
  const lines = paths.flatMap((each) => {
    const entry = entries.get(fileOf(each));
    return entry === undefined ? [] : [lineOf(each, entry, firstNames.get(fileOf(each)) ?? each)];
  });
  const attributes = [...entries.values()].filter(({ xattrs }) => xattrs.size > 0);
  return {
    lines,
    xattrs: new Map(attributes.map((entry) => [entry.path, hexOf(entry)])),
  };
}

function hexOf({ xattrs }: TarEntry): Record<string, string> {
  return Object.fromEntries(Array.from(xattrs, ([name, value]) => [name, Buffer.from(value).toString("hex")]));
}

function lineOf(path: string, entry: Exported, first: string): string {
  const { type, mode, uid, gid, mtime, sizeBytes, linkPath, device, sha256 } = entry;
  const letter = { file: "f", hardlink: "f", symlink: "l", directory: "d", character: "c", block: "b", fifo: "p" }[
    type
  ];
  const link = type === "symlink" ? linkPath : first === path ? "" : first;
  const body = {
    file: [sizeBytes, mtime, sha256],
    hardlink: [sizeBytes, mtime, sha256],
    symlink: [Buffer.byteLength(linkPath), mtime, "-"],
    character: [`${String(device?.major)},${String(device?.minor)}`, mtime, "-"],
    block: [`${String(device?.major)},${String(device?.minor)}`, mtime, "-"],
    fifo: ["-", mtime, "-"],
    directory: ["-", "-", "-"],
  }[type];
  return [letter, mode.toString(8), uid, gid, ...body, `./${path}`, link].join("\t");
}
