import { lstatSync, mkdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toApkArch, toPlatform } from "@apkmill/apk";
import type { Limits } from "@apkmill/core";
import { openLayout, type ImageConfigFile, type Layout, type LayoutPlatform } from "@apkmill/oci";
import { ancestorsOf } from "@apkmill/rootfs";
import { platformText } from "./built-image.ts";
import { ImageError } from "./image-error.ts";
import { unpackImage } from "./unpack-image.ts";

export interface RunOptions {
  /** In any spelling. */
  readonly arch: string;
  /** In the place of the image's `Cmd`. */
  readonly command?: readonly string[];
  /** In the place of the image's `Entrypoint`; an empty list runs the command alone. */
  readonly entrypoint?: readonly string[];
}

/** An image that is laid out for a sandbox. Dispose of it when the command is done. */
export interface PreparedRun {
  /** apk's name of the architecture, for the sandbox's probe. */
  readonly arch: string;
  readonly root: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly user: { readonly uid: number; readonly gid: number };
  dispose(): Promise<void>;
}

/**
 * Unpacks one platform of a layout into a temporary root and says what to run in it, as a container runtime would: entrypoint,
 * command, environment, user and working directory of the image's configuration.
 * @throws ImageError IMAGE_CONTENT when there is nothing to run, or no such platform or user · OciError LAYOUT_…
 */
export async function prepareRun(layoutPath: string, options: RunOptions, limits: Limits): Promise<PreparedRun> {
  const layout = await openLayout(layoutPath, limits);
  const platform = platformOf(layout, options.arch);
  const { config } = platform.config;
  const argv = argvOf(layoutPath, config, options);
  const root = await mkdtemp(join(tmpdir(), "apkmill-run-"));
  const dispose = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    await unpackImage(layout, platform, root, limits);
    const workingDirectory = config.WorkingDir === undefined || config.WorkingDir === "" ? "/" : config.WorkingDir;
    // What a container runtime makes as well.
    for (const path of ["proc", workingDirectory]) makeDirectory(root, path);
    const env = environmentOf(config.Env ?? []);
    const user = await userOf(root, config.User ?? "");
    return { arch: toApkArch(options.arch), root, argv, env, workingDirectory, user, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The platform of an architecture. @throws ImageError IMAGE_CONTENT */
export function platformOf(layout: Layout, arch: string): LayoutPlatform {
  const wanted = platformText(toPlatform(arch));
  const found = layout.platforms.find(({ platform }) => platformText(platform) === wanted);
  if (found !== undefined) return found;
  const there = layout.platforms.map(({ platform }) => platformText(platform)).join(", ");
  throw new ImageError("IMAGE_CONTENT", `${layout.path} has no image for ${arch}: it has ${there}`, {
    hint: "choose one of them with --arch",
  });
}

/** As Docker does: a new entrypoint drops the image's command, which was meant for the old one. */
function argvOf(path: string, config: ImageConfigFile["config"], { entrypoint, command }: RunOptions): string[] {
  const arguments_ = command ?? (entrypoint === undefined ? (config.Cmd ?? []) : []);
  const argv = [...(entrypoint ?? config.Entrypoint ?? []), ...arguments_];
  if (argv.length > 0) return argv;
  throw new ImageError("IMAGE_CONTENT", `${path} has neither entrypoint nor command`, {
    hint: "name a command after --",
  });
}

function environmentOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines
      .filter((line) => line.indexOf("=") > 0)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** `uid`, `uid:gid`, `name` or `name:group`, looked up in the image's own accounts. */
async function userOf(root: string, text: string): Promise<{ uid: number; gid: number }> {
  const [user = "", group] = text.split(":");
  if (user === "") return { uid: 0, gid: 0 };
  const account = (await readAccounts(root, "etc/passwd")).find(([name, , uid]) => name === user || uid === user);
  const uid = /^\d+$/.test(user) ? Number(user) : Number(account?.[2] ?? NaN);
  const gid = group === undefined ? Number(account?.[3] ?? 0) : await groupOf(root, group);
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  throw new ImageError("IMAGE_CONTENT", `the image's user ${text} is not among its accounts`, {
    hint: "add the account to the configuration, or give numbers with --user",
  });
}

async function groupOf(root: string, group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  return Number((await readAccounts(root, "etc/group")).find(([name]) => name === group)?.[2] ?? NaN);
}

/** Fields of every line; none when the image has no such file, or a link would lead out of the root. */
async function readAccounts(root: string, path: string): Promise<string[][]> {
  const isFile = lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
  if (!isFile || !ancestorsOf(path).every((above) => lstatSync(join(root, above)).isDirectory())) return [];
  return (await readFile(join(root, path), "utf8")).split("\n").map((line) => line.split(":"));
}

/** Makes what is missing of a directory inside the root; stops at a link, which only the sandbox may follow. */
function makeDirectory(root: string, path: string): void {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) return;
  for (const [position] of names.entries()) {
    const target = join(root, ...names.slice(0, position + 1));
    const standing = lstatSync(target, { throwIfNoEntry: false });
    if (standing === undefined) mkdirSync(target, { mode: 0o755 });
    else if (!standing.isDirectory()) return;
  }
}
