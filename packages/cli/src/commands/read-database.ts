import { impliedWorld, type InstalledRecord } from "@apkmill/apk";
import { pathExists, readFileWithin, type Ports } from "@apkmill/core";
import { resolve } from "node:path";

/** What is installed, and what was asked for. */
export interface Database {
  readonly installed: readonly InstalledRecord[];
  readonly world: readonly string[];
}

/**
 * Reads the database and the world that the user names. A database in its place in a root has its world beside it; of any other
 * the world is what nothing else in it needs.
 * @throws CoreError FILE_UNREADABLE, LIMIT_EXCEEDED · RootfsError ROOTFS_BAD_DATABASE
 */
export async function readDatabase(
  ports: Ports,
  files: { readonly installed: string | undefined; readonly world: string | undefined },
): Promise<Database> {
  const installed = files.installed === undefined ? [] : await readPackages(ports, files.installed);
  const worldFile = files.world ?? (files.installed && (await worldBeside(files.installed)));
  return { installed, world: worldFile === undefined ? impliedWorld(installed) : await readWorld(ports, worldFile) };
}

async function readPackages({ limits }: Ports, path: string): Promise<readonly InstalledRecord[]> {
  const { readInstalled } = await import("@apkmill/rootfs");
  return readInstalled((await readFileWithin(path, limits.indexBytes, "indexBytes")).toString("utf8"), { limits });
}

async function worldBeside(database: string): Promise<string | undefined> {
  const root = /^(.*\/)(?:usr\/)?lib\/apk\/db\/installed$/.exec(resolve(database))?.[1];
  const path = root === undefined ? undefined : `${root}etc/apk/world`;
  return path !== undefined && (await pathExists(path)) ? path : undefined;
}

async function readWorld({ limits }: Ports, path: string): Promise<string[]> {
  const text = (await readFileWithin(path, limits.configBytes, "configBytes")).toString("utf8");
  return text.split(/\s+/).filter((item) => item !== "");
}
