import {
  checkLock,
  describeLockDifference,
  formatLock,
  lockfileOf,
  lockImage,
  type ImageLock,
  type LockDifference,
} from "@apkmill/build-image";
import { writeFileAside } from "@apkmill/core";
import { defineCommand, type CommandResult } from "../command.ts";
import { counted } from "../counted.ts";
import { imageOptions, imageOptionsOf } from "./image-options.ts";

export const imageLock = defineCommand({
  summary:
    "Writes down the packages that an image is made of, with their places and hashes, so that a build needs no index: apko's format.",
  positionals: "CONFIG",
  arity: [1, 1],
  example: "apkmill image lock --arch x86_64,aarch64 apko.yaml",
  options: {
    ...imageOptions,
    output: { kind: "text", value: "FILE", help: "the lock (default: CONFIG with .lock.json as its ending)" },
    check: {
      kind: "flag",
      help: "write nothing; say what the lock would have otherwise if it were made now, and fail",
    },
  },
  async run(ports, { options, positionals: [configPath = ""] }) {
    const request = imageOptionsOf(configPath, options);
    const lockfile = options.output ?? lockfileOf(configPath);
    if (options.check) return describeCheck(lockfile, await checkLock(ports, request, lockfile));
    const lock = await lockImage(ports, request);
    if (!options["dry-run"]) await writeFileAside(lockfile, formatLock(lock));
    return describeLock(lockfile, lock, options["dry-run"]);
  },
});

function describeLock(lockfile: string, lock: ImageLock, isDryRun: boolean): CommandResult {
  const byArch = Map.groupBy(lock.packages, ({ architecture }) => architecture);
  const platforms = [...byArch].map(([arch, packages]) => ({
    arch,
    packages: packages.map(({ name, version, checksum, url }) => ({ name, version, checksum, url })),
  }));
  const lines = platforms.map(({ arch, packages }) => `${arch}  ${counted(packages.length, "package")}`);
  return {
    json: { lockfile, checksum: lock.config?.checksum, platforms },
    text: [...lines, isDryRun ? "nothing was written" : lockfile].join("\n"),
  };
}

function describeCheck(lockfile: string, differences: readonly LockDifference[]): CommandResult {
  const lines = differences.map(describeLockDifference);
  return {
    json: { lockfile, upToDate: differences.length === 0, differences },
    text: [...lines, `${lockfile} is ${lines.length === 0 ? "" : "not "}up to date`].join("\n"),
    exitCode: differences.length === 0 ? 0 : 1,
  };
}
