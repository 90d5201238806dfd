import { spawn } from "node:child_process";

/** A program to measure: what the shell would run, and what must be done before each run. */
export interface Subject {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before every measured run, outside its time: to empty a store, to put back a file. */
  readonly before?: () => Promise<void>;
}

/** Seconds from the start of the process to its end, start-up included. @throws Error when it ends with another status than 0 */
export async function timeProcess({ command, args, env, before }: Subject): Promise<number> {
  await before?.();
  // What earlier runs wrote goes to the disk now, and not beside this one.
  await runQuietly("sync", []);
  const began = performance.now();
  await runQuietly(command, args, env);
  return (performance.now() - began) / 1000;
}

/**
 * The largest resident memory of one run of a Node program, in MiB: a run of its own, as it is told by a module that is loaded
 * before the program.
 */
export async function peakMemory({ command, args, env, before }: Subject): Promise<number> {
  await before?.();
  const tell = "process.on('exit',()=>require('fs').writeSync(2,'\\npeak '+process.resourceUsage().maxRSS+'\\n'))";
  const preload = `data:text/javascript,import{createRequire}from'node:module';const require=createRequire('/');${encodeURIComponent(tell)}`;
  const output = await runQuietly(command, ["--import", preload, ...args], env);
  const kibibytes = /^peak (\d+)$/m.exec(output)?.[1];
  if (kibibytes === undefined) throw new Error(`${command} ${args.join(" ")}: it did not tell its memory`);
  return Number(kibibytes) / 1024;
}

/** Runs to the end and gives what went to standard error; standard output is read and forgotten. */
function runQuietly(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const told: Buffer[] = [];
    child.stdout.resume();
    child.stderr.on("data", (chunk: Buffer) => told.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      const output = Buffer.concat(told).toString("utf8");
      if (status === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")} ended with ${String(status)}: ${output}`));
    });
  });
}
