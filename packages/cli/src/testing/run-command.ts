import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { main } from "../main.ts";

/** What a run of the command line printed, and how it ended. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-cli-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the command line within this process, with a store in `folder`. */
export async function runCommand(
  folder: string,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await main({
    argv: [...argv, "--cache-dir", join(folder, "cache")],
    env,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
    signal: new AbortController().signal,
  });
  return { status, stdout: out.join(""), stderr: err.join("") };
}

/** The JSON values that it printed, one a line. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
