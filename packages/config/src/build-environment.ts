import type { ImageConfig } from "./image-config.ts";
import { assembleImage } from "./image-assemble.ts";
import type { ImageFile } from "./image-schema.ts";
import type { Place } from "./place.ts";
import type { Problems } from "./problems.ts";

/**
 * The guest that a package is built or tested in: an image configuration with the user `build` and, for builds, folders of caches.
 * Source: reference melange §1.4.
 */

const buildId = 1000;

/** Where tools keep what they download; the cache folder of the host is mounted at /var/cache/melange. */
const defaultVariables: Readonly<Record<string, string>> = {
  HOME: "/home/build",
  GOPATH: "/home/build/.cache/go",
  GOMODCACHE: "/var/cache/melange/gomodcache",
  UV_CACHE_DIR: "/var/cache/melange/uv",
  PIP_CACHE_DIR: "/var/cache/melange/pip",
  COMPOSER_CACHE_DIR: "/var/cache/melange/composer",
  npm_config_cache: "/var/cache/melange/npm",
};

/** The environment with the user and group `build`, where the file names none so called. */
export function assembleGuest(file: ImageFile, place: Place, problems: Problems): ImageConfig {
  if (file.include.value !== "") {
    const hint = "write the included keys out here";
    problems.add("CONFIG_UNSUPPORTED", file.include.place ?? place, "an environment cannot `include` a file", hint);
  }
  const image = assembleImage(file, problems);
  return { ...image, accounts: withBuildAccount(image.accounts) };
}

function withBuildAccount(accounts: ImageConfig["accounts"]): ImageConfig["accounts"] {
  const { users, groups } = accounts;
  const user = { userName: "build", uid: buildId, gid: buildId, shell: "/bin/sh", homeDir: "/home/build" };
  const group = { groupName: "build", gid: buildId, members: ["build"] };
  return {
    ...accounts,
    users: users.some(({ userName }) => userName === "build") ? users : [...users, user],
    groups: groups.some(({ groupName }) => groupName === "build") ? groups : [...groups, group],
  };
}

/**
 * The environment's variables on top of those from files (an earlier file wins over a later one), and the defaults where
 * a variable is empty or missing.
 */
export function withBuildVariables(
  image: ImageConfig,
  files: readonly Readonly<Record<string, string>>[],
): ImageConfig {
  const given = [...files].reverse().reduce((all, file) => ({ ...all, ...file }), {});
  const environment: Record<string, string> = { ...given, ...image.environment };
  for (const [name, value] of Object.entries(defaultVariables)) environment[name] ||= value;
  return { ...image, environment };
}
