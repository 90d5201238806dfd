import { printableLocation } from "@apkmill/apk";
import { redactUrl, type Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { ImageError } from "./image-error.ts";
import type { ImageInputs } from "./image-inputs.ts";
import type { ImageLock, LockInputs } from "./lock-file.ts";

/** Whether a lock is one for this configuration and these options. Each refusal is an ImageError IMAGE_LOCK_STALE. */

/** Refuses a lock that was made for another content of the configuration; one that does not say is taken, with a warning. */
export function requireSameConfig(
  { log }: Pick<Ports, "log">,
  { config }: ImageLock,
  {
    lockfile,
    checksum,
    configPath,
  }: { readonly lockfile: string; readonly checksum: string; readonly configPath: string },
): void {
  if (config === undefined) log.warn(`${lockfile} does not say what it was made for: it is taken for ${configPath}`);
  else if (config.checksum !== checksum) {
    throw stale(
      lockfile,
      `it was made for another content of ${configPath}: expected ${checksum}, found ${config.checksum}`,
    );
  }
}

/** The configuration names a base image by a path, which may hold another one by now. */
export function requireSameBases({ bases }: ImageLock, inputs: ImageInputs, lockfile: string): void {
  if (bases === undefined) return;
  const locked = new Map(bases.map(({ architecture, digest }) => [architecture, digest]));
  for (const [arch, { name, platform }] of inputs.bases) {
    const [expected, found] = [locked.get(arch), platform.descriptor.digest];
    if (expected !== found) {
      throw stale(lockfile, `the base image ${name} is ${found} for ${arch}, and was ${expected ?? "not there"}`);
    }
  }
}

/** What the lock was made with; what is given now must be part of it, as it was to choose packages. */
export function withLockInputs(options: ImageOptions, made: LockInputs | undefined, lockfile: string): ImageOptions {
  if (made === undefined) return options;
  requireAmong(lockfile, "repository", options.repositories?.map(printableLocation), made.repositories);
  requireAmong(lockfile, "build repository", options.buildRepositories?.map(printableLocation), made.buildRepositories);
  requireAmong(lockfile, "key", options.keyring?.map(redactUrl), made.keyring);
  requireAmong(lockfile, "package", options.packages, made.packages);
  if (options.discoverKeys === true && !made.discoverKeys) throw stale(lockfile, "it was made without --discover-keys");
  return {
    ...options,
    packages: made.packages,
    keyring: made.keyring,
    repositories: withSecrets(made.repositories, options.repositories),
    buildRepositories: withSecrets(made.buildRepositories, options.buildRepositories),
  };
}

/** The locked ones, as they are given now where they are: with credentials. */
function withSecrets(made: readonly string[], given: readonly string[] = []): string[] {
  return made.map((line) => given.find((one) => printableLocation(one) === line) ?? line);
}

function requireAmong(lockfile: string, what: string, given: readonly string[] = [], made: readonly string[]): void {
  const other = given.find((one) => !made.includes(one));
  if (other !== undefined) throw stale(lockfile, `it was made without the ${what} ${other}`);
}

function stale(lockfile: string, problem: string): ImageError {
  return new ImageError("IMAGE_LOCK_STALE", `the lock cannot be used: ${problem}`, {
    hint: "lock again with `apkmill image lock`, with the options of the build; where the same run makes packages of the image, build it without a lock",
    context: { file: lockfile },
  });
}
