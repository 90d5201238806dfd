import { existsSync } from "node:fs";
import { mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import { checkout, runCommand } from "../checkout.ts";
import type { Subject } from "./whole-process.ts";

const node = process.execPath;
const apkmill = join(checkout, "packages", "cli", "bin", "apkmill.mjs");

/** What Node itself takes to start. */
export const bareNode: Subject = { command: node, args: ["-e", "0"] };

/** The command line as users start it. */
export function command(args: readonly string[], before?: () => Promise<void>): Subject {
  return { command: node, args: [apkmill, ...args], ...(before === undefined ? {} : { before }) };
}

/** The yardstick of whatever reads packages: each file hashed, and hashed unpacked, two files at a time. */
export function hashing(files: readonly string[]): Subject {
  const hashes = 'sha256sum "$1"; zcat "$1" | sha256sum';
  const script = `printf '%s\\n' "$@" | xargs -P 2 -I FILE sh -c '${hashes}' sh FILE`;
  return { command: "sh", args: ["-c", script, "sh", ...files] };
}

/**
 * Moves the store aside before a run. To remove it would cost the run: for minutes, ext4 looks long for an inode where it just freed
 * hundreds.
 */
export function emptyStore(store: string): () => Promise<void> {
  return async () => {
    if (existsSync(store)) await rename(store, join(await mkdtemp(`${store}-used-`), "store"));
  };
}

/** Runs the command line once, to prepare a case, and gives what it prints. @throws Error when it fails */
export async function runOnce(args: readonly string[]): Promise<string> {
  const { status, output } = await runCommand(node, [apkmill, ...args]);
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${output}`);
  return output;
}
