import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { compareBytes, digestOf } from "@apkmill/core";

/** The manifest of the directories, files and links that stand on disk; links are not followed, devices are left out. */
export function walkManifest(root: string): string[] {
  const firstNames = new Map<number, string>();
  return pathsBelow(root, "")
    .sort(compareBytes)
    .map((path) => describe(root, path, firstNames).join("\t"));
}

/** Without following links, which Node's own recursive listing does. */
function pathsBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return [path, ...pathsBelow(root, path)];
    return entry.isFile() || entry.isSymbolicLink() ? [path] : [];
  });
}

function describe(root: string, path: string, firstNames: Map<number, string>): (string | number)[] {
  const stat = lstatSync(join(root, path));
  const owner = [(stat.mode & 0o7777).toString(8), stat.uid, stat.gid];
  if (stat.isDirectory()) return ["d", ...owner, "-", "-", "-", `./${path}`, ""];
  if (stat.isSymbolicLink()) {
    return ["l", ...owner, stat.size, stat.mtimeMs / 1000, "-", `./${path}`, readlinkSync(join(root, path))];
  }
  const first = firstNames.get(stat.ino);
  firstNames.set(stat.ino, first ?? path);
  const sha256 = digestOf(readFileSync(join(root, path))).slice("sha256:".length);
  return ["f", ...owner, stat.size, stat.mtimeMs / 1000, sha256, `./${path}`, first ?? ""];
}
