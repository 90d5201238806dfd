import { spawn } from "node:child_process";
import { join } from "node:path";
import { checkout } from "../../scripts/checkout.ts";

/** Runs the command line as a user does, and returns what it printed. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Run through these words first, such as `taskset -c 0`. */
  readonly wrapper?: readonly string[];
  /** Kill it after so many milliseconds. */
  readonly killAfterMs?: number;
}

export function apkmill(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(
    [...(options.wrapper ?? []), process.execPath, join(checkout, "packages", "cli", "bin", "apkmill.mjs"), ...args],
    options,
  );
}

/** The JSON value of a command that must succeed. */
export async function apkmillJson<Value>(args: readonly string[], options: RunOptions = {}): Promise<Value> {
  const { status, stdout, stderr } = await apkmill([...args, "--json"], options);
  if (status !== 0) throw new Error(`apkmill ${args.join(" ")}: status ${status}\n${stdout}${stderr}`);
  return JSON.parse(stdout) as Value;
}

/** Runs any program. */
export function run([program = "", ...args]: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? checkout,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer =
      options.killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), options.killAfterMs);
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status: status ?? 128, ...output });
    });
  });
}

/** Runs a program that must succeed and returns its standard output. */
export async function runOrThrow(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(argv, options);
  if (status !== 0) throw new Error(`${argv.join(" ")}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}
