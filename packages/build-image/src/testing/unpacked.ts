import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { compareBytes } from "@apkmill/core";

/** True when the host has a program. */
export function hasTool(name: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" }).status === 0;
}

/** Runs a program that must succeed and returns what it printed. */
export function runTool(name: string, ...args: readonly string[]): string {
  return execFileSync(name, args, { stdio: ["ignore", "pipe", "pipe"] }).toString("utf8");
}

/** What stands below a folder, in the lines of `image inspect --tree`. */
export function rootOf(folder: string): string[] {
  const found = pathsBelow(folder, "").sort(compareBytes);
  const firstNames = new Map<number, string>();
  return found.map((path) => lineOf(folder, path, firstNames));
}

function pathsBelow(folder: string, below: string): string[] {
  return readdirSync(join(folder, below)).flatMap((name) => {
    const path = below === "" ? name : `${below}/${name}`;
    return lstatSync(join(folder, path)).isDirectory() ? [path, ...pathsBelow(folder, path)] : [path];
  });
}

function lineOf(folder: string, path: string, firstNames: Map<number, string>): string {
  const found = lstatSync(join(folder, path));
  const { mode, uid, gid } = found;
  const owner = [(mode & 0o7777).toString(8), uid, gid];
  return [letterOf(found), ...owner, ...bodyOf(folder, path, found, firstNames)].join("\t");
}

function letterOf(found: Stats): string {
  if (found.isDirectory()) return "d";
  if (found.isSymbolicLink()) return "l";
  if (found.isCharacterDevice()) return "c";
  return found.isFile() ? "f" : "?";
}

function bodyOf(folder: string, path: string, found: Stats, firstNames: Map<number, string>): (string | number)[] {
  const mtime = Math.floor(found.mtimeMs / 1000);
  if (found.isDirectory()) return ["-", "-", "-", `./${path}`, ""];
  if (found.isCharacterDevice()) return [deviceOf(found.rdev), mtime, "-", `./${path}`, ""];
  if (found.isSymbolicLink()) return [found.size, mtime, "-", `./${path}`, readlinkSync(join(folder, path))];
  const first = firstNames.get(found.ino) ?? path;
  firstNames.set(found.ino, first);
  const sha256 = createHash("sha256")
    .update(readFileSync(join(folder, path)))
    .digest("hex");
  return [found.size, mtime, sha256, `./${path}`, first === path ? "" : first];
}

/** `major,minor` as Linux packs them: twelve bits in the middle, and eight and twelve around them. */
function deviceOf(packed: number): string {
  return `${String((packed >> 8) & 0xfff)},${String((packed & 0xff) | ((packed >> 12) & 0xfff00))}`;
}
