import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The root of the checkout, without a trailing slash. */
export const checkout = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

export interface CommandOutcome {
  readonly status: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  readonly seconds: number;
}

/** Runs a program (in the checkout, unless told otherwise) and returns its status and output; it never throws for a status other than 0. */
export function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = checkout,
): Promise<CommandOutcome> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      resolve({
        status: status ?? 1,
        output: Buffer.concat(chunks).toString("utf8"),
        seconds: (performance.now() - began) / 1000,
      });
    });
  });
}
