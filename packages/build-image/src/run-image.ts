import { chmodSync, chownSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toApkArch } from "@apkmill/apk";
import { isSystemError, type Limits } from "@apkmill/core";
import type { ImageConfigFile, OpenedImage } from "@apkmill/oci";
import { platformOf } from "./choose-platforms.ts";
import { ImageError } from "./image-error.ts";
import { makeDirectory } from "./make-directory.ts";
import { makeDirectoryIn, makeMountPoint } from "./root-place.ts";
import { requireProgram } from "./run-program.ts";
import { findUser, type RunUser } from "./run-user.ts";
import { signalOf } from "./stop-signal.ts";
import { unpackImage } from "./unpack-image.ts";

export interface RunOptions {
  /** In any spelling. */
  readonly arch: string;
  /** In the place of the image's `Cmd`. */
  readonly command?: readonly string[];
  /** In the place of the image's `Entrypoint`; an empty list runs the command alone. */
  readonly entrypoint?: readonly string[];
  /** In the place of the image's `User`: `uid`, `uid:gid`, `name` or `name:group`. */
  readonly user?: string;
  /** In the place of the image's `WorkingDir`. */
  readonly workingDirectory?: string;
  /** Variables beside the image's, in the place of those with the same name. */
  readonly env?: Readonly<Record<string, string>>;
  /** Places in the root that the sandbox will mount upon: whoever runs the command may not be able to make them. */
  readonly mountPoints?: readonly { readonly path: string; readonly isDirectory: boolean }[];
}

/** An image that is laid out for a sandbox. Dispose of it when the command is done. */
export interface PreparedRun {
  /** apk's name of the architecture, for the sandbox's probe. */
  readonly arch: string;
  readonly root: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Where the places to mount upon are once links are followed, in the order in which they were asked for. */
  readonly mountPoints: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  /** What asks the command to end, such as `SIGTERM`. */
  readonly stopSignal: NodeJS.Signals;
  /** @throws ImageError IMAGE_CONTENT when what `argv` names first is not there, or cannot be started */
  requireProgram(): void;
  dispose(): Promise<void>;
}

/**
 * Unpacks one platform of an image into a temporary root and says what to run in it, as a container runtime would: entrypoint,
 * command, environment, user, working directory and volumes of the image's configuration. A volume is the directory that the image
 * has there, or an empty one: the root is this run's own, and is thrown away with it. Links on the way to any of these places are
 * followed inside the root.
 * @throws ImageError IMAGE_CONTENT when there is nothing to run, no such platform or user, or a place cannot be made · OciError ·
 * CoreError FILE_UNWRITABLE
 */
export async function prepareRun(image: OpenedImage, options: RunOptions, limits: Limits): Promise<PreparedRun> {
  const platform = platformOf(image, options.arch);
  const { config } = platform.config;
  const argv = argvOf(image.name, config, options);
  const around = await mkdtemp(join(tmpdir(), "apkmill-run-"));
  const root = join(around, "root");
  // At once: to remove it between other work takes a promise for each file, and a second for a thousand directories below each other.
  const dispose = (): Promise<void> => Promise.try(() => rmSync(around, { recursive: true, force: true }));
  try {
    await mkdir(root);
    await unpackImage(image, platform, root, limits);
    await chmod(root, 0o755);
    const user = await findUser(root, options.user ?? config.User ?? "");
    const workingDirectory = options.workingDirectory ?? (config.WorkingDir === "" ? "/" : (config.WorkingDir ?? "/"));
    // What a container runtime makes as well.
    for (const path of ["proc", "dev", "sys"]) makeDirectory(root, path);
    makeDirectoryIn(root, workingDirectory);
    const mountPoints = (options.mountPoints ?? []).map((one) => makeMountPoint(root, one.path, one.isDirectory));
    for (const path of Object.keys(config.Volumes ?? {})) makeDirectoryIn(root, path, user);
    letIn(around, user);
    const env = { ...environmentOf(config.Env ?? []), ...options.env };
    const command = { root, argv, env, workingDirectory, mountPoints };
    const [arch, stopSignal] = [toApkArch(options.arch), signalOf(config.StopSignal)];
    return { ...command, arch, user, stopSignal, requireProgram: () => requireProgram(command), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * As root the command runs as the user that the image names, who must reach its root, as must our own group, for a sandbox that
 * gives up root's powers. Nobody else may: another user of this machine could run the image's setuid programs.
 */
function letIn(around: string, { uid, gid }: RunUser): void {
  if (process.getuid?.() !== 0) return;
  try {
    chmodSync(around, 0o710);
    chownSync(around, uid, 0);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ImageError("IMAGE_CONTENT", `no command can run as ${String(uid)}:${String(gid)} on this machine`, {
      hint: "choose another user with --user",
      cause: error,
    });
  }
}

/** As Docker does: a new entrypoint drops the image's command, which was meant for the old one. */
function argvOf(name: string, config: ImageConfigFile["config"], { entrypoint, command }: RunOptions): string[] {
  const arguments_ = command ?? (entrypoint === undefined ? (config.Cmd ?? []) : []);
  const argv = [...(entrypoint ?? config.Entrypoint ?? []), ...arguments_];
  if (argv.length > 0) return argv;
  throw new ImageError("IMAGE_CONTENT", `${name} has neither entrypoint nor command`, {
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
