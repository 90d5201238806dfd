import type { ImageOptions } from "@apkmill/build-image";
import type { OptionTable, ValuesOf } from "../arguments.ts";
import { namedArchs } from "./named-archs.ts";

/** Options that say where packages come from, and which. */
export const packageOptions = {
  "repository-append": {
    kind: "list",
    short: "r",
    value: "LOCATION",
    help: "repositories to build from, which the image keeps, each with its mirrors behind `|`",
  },
  "build-repository-append": { kind: "list", short: "b", value: "LOCATION", help: "repositories to build from only" },
  "keyring-append": { kind: "list", short: "k", value: "KEY", help: "public keys of the repositories" },
  "package-append": {
    kind: "list",
    short: "p",
    value: "PACKAGE",
    help: "packages beside those of the configuration",
  },
  "ignore-signatures": { kind: "flag", help: "take indexes as they come, signed or not" },
  "include-paths": { kind: "list", value: "DIR", help: "where included configurations are looked for" },
  "discover-keys": {
    kind: "flag",
    help: "also trust the keys that https repositories and Alpine publish, and write them into the image",
  },
} as const satisfies OptionTable;

/** Options of the commands that choose the packages of an image. */
export const imageOptions = {
  arch: { kind: "list", value: "ARCH", help: "architectures, also host or all (default: those of the configuration)" },
  ...packageOptions,
} as const satisfies OptionTable;

/** Options about how an image is run, by docker's names; apko's configuration has no keys for them. */
export const runSettingsOptions = {
  expose: { kind: "list", value: "PORT[/PROTOCOL]", help: "ports that the image serves on, such as 8080/tcp" },
  "health-cmd": {
    kind: "text",
    value: "COMMAND",
    help: "tells whether the image is healthy: a line for its shell, a JSON list of words, or NONE",
  },
  "health-interval": { kind: "text", value: "DURATION", help: "time between two of these checks, such as 30s" },
  "health-timeout": { kind: "text", value: "DURATION", help: "how long one of them may take" },
  "health-start-period": { kind: "text", value: "DURATION", help: "how long failures do not count after the start" },
  "health-retries": { kind: "number", value: "COUNT", help: "failures in a row that make it unhealthy" },
} as const satisfies OptionTable;

/** What {@link runSettingsOptions} say. */
export function runSettingsOf(
  options: ValuesOf<typeof runSettingsOptions>,
): Pick<ImageOptions, "exposedPorts" | "healthCheck"> {
  const texts = {
    command: options["health-cmd"],
    interval: options["health-interval"],
    timeout: options["health-timeout"],
    startPeriod: options["health-start-period"],
    retries: options["health-retries"],
  };
  const given = Object.entries(texts).filter(([, value]) => value !== undefined);
  return { exposedPorts: options.expose, healthCheck: Object.fromEntries(given) };
}

/** The option of the commands that take a lock. */
export const lockfileOption = {
  lockfile: {
    kind: "text",
    value: "FILE",
    help: "take the packages and keys of this lock, ours or apko's; no repository is asked what it has",
  },
} as const satisfies OptionTable;

/** What {@link imageOptions} and {@link lockfileOption} say. */
export function imageOptionsOf(
  configPath: string,
  options: ValuesOf<typeof imageOptions> & { readonly lockfile?: string | undefined },
): ImageOptions {
  return {
    configPath,
    archs: namedArchs(options.arch),
    repositories: options["repository-append"],
    buildRepositories: options["build-repository-append"],
    keyring: options["keyring-append"],
    packages: options["package-append"],
    ignoreSignatures: options["ignore-signatures"],
    includePaths: options["include-paths"],
    discoverKeys: options["discover-keys"],
    ...(options.lockfile === undefined ? {} : { lockfile: options.lockfile }),
  };
}
