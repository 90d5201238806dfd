import { spawn, type ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { createHttpClient, defaultLimits, describeError, exitCodeOf, openStore, silentLogger } from "@apkmill/core";
import { buildImage } from "../build-image.ts";
import type { BuildImageOptions } from "../build-options.ts";

/** What a process of its own is to build. */
export interface ApartJob extends Pick<BuildImageOptions, "configPath" | "output" | "sbomPath" | "layering"> {
  readonly store: string;
}

export interface ApartResult {
  /** Undefined when it was killed, or failed. */
  readonly digest?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly status: number | undefined;
}

/** A process that has loaded its code and waits for its job. */
let waiting: ChildProcess | undefined;

function start(): ChildProcess {
  return spawn(process.execPath, [import.meta.filename], { stdio: ["pipe", "pipe", "pipe"] });
}

/** Ends the process that waits for a job that does not come. */
export function endBuildsApart(): void {
  waiting?.kill("SIGKILL");
  waiting = undefined;
}

/** Lets a process of its own build; `begun` is when it does, `ended` what became of it. */
export function buildApart(job: ApartJob): {
  readonly child: ChildProcess;
  readonly begun: Promise<void>;
  readonly ended: Promise<ApartResult>;
} {
  const child = waiting ?? start();
  waiting = start();
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new TypeError("the process has no streams");
  stdin.on("error", () => undefined);
  stdin.end(JSON.stringify(job));
  const begun = new Promise<void>((settle) => stderr.once("data", () => settle()));
  const errors = text(stderr);
  const closed = new Promise<number | undefined>((settle) =>
    child.once("close", (status) => settle(status ?? undefined)),
  );
  const ended = text(stdout).then(async (said): Promise<ApartResult> => {
    const status = await closed;
    if (said === "" && status !== undefined) throw new Error(await errors);
    return said === "" ? { status } : { ...(JSON.parse(said) as Omit<ApartResult, "status">), status };
  });
  return { child, begun, ended };
}

/** The process: says that it begins, builds, and says what came of it. */
async function main(job: ApartJob): Promise<void> {
  const stop = new AbortController();
  process.once("SIGTERM", () => {
    stop.abort(new Error("SIGTERM"));
  });
  process.stderr.write("begun\n");
  try {
    const ports = {
      http: createHttpClient({}),
      store: await openStore(job.store),
      log: silentLogger,
      limits: defaultLimits,
      now: () => 1,
      env: {},
      signal: stop.signal,
    };
    const { digest } = await buildImage(ports, { archs: ["x86_64"], ...job });
    process.stdout.write(JSON.stringify({ digest }));
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    process.stdout.write(JSON.stringify({ error: describeError(error) }));
  }
}

if (import.meta.main) {
  const job = await text(process.stdin);
  if (job !== "") await main(JSON.parse(job) as ApartJob);
}
