import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toApkArch, toPlatform } from "@apkmill/apk";
import type { Limits } from "@apkmill/core";
import { openLayout, type Layout, type LayoutPlatform } from "@apkmill/oci";
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
 * Unpacks one platform of a layout into a temporary root and says what to run in it, as a container runtime would: entrypoint, command,
 * environment, user and working directory of the image's configuration.
 * @throws ImageError IMAGE_CONTENT when there is nothing to run, or no such platform or user · OciError LAYOUT_CONTENT
 */
export async function prepareRun(layoutPath: string, options: RunOptions, limits: Limits): Promise<PreparedRun> {
  const layout = await openLayout(layoutPath, limits);
  const platform = platformOf(layout, options.arch);
  const { config } = platform.config;
  const argv = [...(options.entrypoint ?? config.Entrypoint ?? []), ...(options.command ?? config.Cmd ?? [])];
  if (argv.length === 0)
    throw new ImageError("IMAGE_CONTENT", `${layoutPath} has neither entrypoint nor command`, {
      hint: "name a command after --",
    });
  const root = await mkdtemp(join(tmpdir(), "apkmill-run-"));
  const dispose = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    await unpackImage(layout, platform, root, limits);
    const workingDirectory = config.WorkingDir ?? "/";
    await mkdir(join(root, "proc"), { recursive: true });
    return {
      arch: toApkArch(options.arch),
      root,
      argv,
      env: environmentOf(config.Env ?? []),
      workingDirectory,
      user: await userOf(root, config.User ?? ""),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The platform of an architecture. @throws ImageError IMAGE_CONTENT */
export function platformOf(layout: Layout, arch: string): LayoutPlatform {
  const wanted = toPlatform(arch);
  const found = layout.platforms.find(
    ({ platform }) =>
      platform.architecture === wanted.architecture && (platform.variant ?? "") === (wanted.variant ?? ""),
  );
  if (found !== undefined) return found;
  const there = layout.platforms.map(({ platform }) =>
    [platform.architecture, platform.variant].filter((part) => part !== undefined).join("/"),
  );
  throw new ImageError("IMAGE_CONTENT", `${layout.path} has no image for ${arch}: it has ${there.join(", ")}`, {
    hint: "choose one of them with --arch",
  });
}

function environmentOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** `uid`, `uid:gid`, `name` or `name:group`, looked up in the image's own accounts. */
async function userOf(root: string, text: string): Promise<{ uid: number; gid: number }> {
  const [user = "", group] = text.split(":");
  if (user === "") return { uid: 0, gid: 0 };
  const passwd = await lines(join(root, "etc", "passwd"));
  const account = passwd.find((fields) => fields[0] === user || fields[2] === user);
  const uid = /^\d+$/.test(user) ? Number(user) : Number(account?.[2] ?? NaN);
  const gid = group === undefined ? Number(account?.[3] ?? 0) : await groupOf(root, group);
  if (Number.isNaN(uid) || Number.isNaN(gid))
    throw new ImageError("IMAGE_CONTENT", `the image's user ${text} is not among its accounts`);
  return { uid, gid };
}

async function groupOf(root: string, group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  return Number((await lines(join(root, "etc", "group"))).find((fields) => fields[0] === group)?.[2] ?? NaN);
}

async function lines(path: string): Promise<string[][]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").map((line) => line.split(":"));
}
