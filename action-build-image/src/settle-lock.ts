import { relative } from "node:path";
import { ActionError } from "@apkmill/action-kit";
import { formatLock, lockfileOf, lockImage, requireUpToDate, type BuildImageOptions } from "@apkmill/build-image";
import { pathExists, writeFileAside, type Ports } from "@apkmill/core";

/** What a step does with the lock of its configuration. */
export const lockModes = ["use", "check", "update", "off"] as const;

export interface LockRequest {
  readonly mode: (typeof lockModes)[number];
  /** Undefined: beside the configuration. */
  readonly lockfile: string | undefined;
}

/**
 * The options of a build with the lock that it is to keep to: `use` takes the one that is there, `check` fails when it is not what would
 * be chosen now, `update` writes it first. Paths below the working folder become relative, as a lock is for other machines too.
 * @throws ActionError ACTION_INPUT where a lock that is named is not there · ImageError IMAGE_LOCK_…
 */
export async function settleLock(
  ports: Ports,
  options: BuildImageOptions,
  { mode, lockfile: given }: LockRequest,
): Promise<BuildImageOptions> {
  const lockfile = given ?? lockfileOf(options.configPath);
  if (mode === "off") {
    if (await pathExists(lockfile))
      ports.log.info(`${lockfile} is left aside, as lock is off: the packages are chosen now`);
    return options;
  }
  const portable = fromHere(options);
  if (mode === "update") {
    await writeFileAside(lockfile, formatLock(await lockImage(ports, portable)));
    ports.log.info(`locked the packages in ${lockfile}`);
  } else if (!(await pathExists(lockfile))) {
    if (mode === "check" || given !== undefined) throw missing(lockfile);
    return options;
  }
  if (mode === "check") await requireUpToDate(ports, portable, lockfile);
  return { ...portable, lockfile };
}

function fromHere(options: BuildImageOptions): BuildImageOptions {
  const { configPath, buildRepositories = [], keyring = [] } = options;
  return {
    ...options,
    configPath: shortened(configPath).replace(/^\.\//, ""),
    buildRepositories: buildRepositories.map(shortened),
    keyring: keyring.map(shortened),
  };
}

/** A path, after the tag of a repository; a URL stays. */
function shortened(text: string): string {
  const [, tag = "", path = ""] = /^(@\S+\s+)?(.*)$/s.exec(text) ?? [];
  if (!path.startsWith("/")) return text;
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || short === "" ? text : `${tag}./${short}`;
}

function missing(lockfile: string): ActionError {
  return new ActionError("ACTION_INPUT", `there is no lock at ${lockfile}`, {
    hint: "write it with `apkmill image lock` or lock: update, and commit it",
    context: { path: lockfile },
  });
}
