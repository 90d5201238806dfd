import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { isSystemError } from "@apkmill/core";
import { hostArch } from "./host-arch.ts";

/** What the probe and the set-up may ask of a machine; tests answer from tables. */
export interface Host {
  readonly uid: number;
  /** apk's name of the processor's architecture, `x86_64`. */
  readonly arch: string;
  /** The content of a file, or undefined when it is absent or unreadable. */
  readText(path: string): Promise<string | undefined>;
  /** The names in a directory; none when it is absent. */
  list(path: string): Promise<readonly string[]>;
  /** Runs a command to its end. `exitCode` is undefined when there is no such program. */
  readonly run: (
    argv: readonly string[],
  ) => Promise<{ readonly exitCode: number | undefined; readonly output: string }>;
}

/** The machine that we run on. */
export function thisHost(): Host {
  return {
    uid: process.getuid?.() ?? 0,
    arch: hostArch(),
    readText: (path) => readFile(path, "utf8").catch(() => undefined),
    list: (path) => readdir(path).catch(() => []),
    run: runToEnd,
  };
}

function runToEnd([program = "", ...args]: readonly string[]): Promise<{
  exitCode: number | undefined;
  output: string;
}> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 16 << 20, env: { ...process.env, LC_ALL: "C.UTF-8" } };
    execFile(program, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error === null) resolve({ exitCode: 0, output });
      else if (isSystemError(error) && error.code === "ENOENT") resolve({ exitCode: undefined, output });
      else resolve({ exitCode: typeof error.code === "number" ? error.code : 1, output });
    });
  });
}
