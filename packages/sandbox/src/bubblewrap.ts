import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { CoreError, isSystemError, reasonOf } from "@apkmill/core";
import { bubblewrapArguments, kernelSettings, type SandboxHost } from "./bubblewrap-arguments.ts";
import { splitLines } from "./lines.ts";
import { canStartAs } from "./host-user.ts";
import { probeSandbox, requireUsable } from "./probe.ts";
import { SandboxError } from "./sandbox-error.ts";
import type { Sandbox, SandboxCommand, SandboxResult } from "./sandbox.ts";
import { stopCommand } from "./stop-command.ts";

const argumentsFd = 3;
const statusFd = 4;

/** A sandbox that runs each command in a bubblewrap of its own. Nothing is started until `run`. */
export function openBubblewrap({ program = "bwrap" }: { readonly program?: string } = {}): Sandbox {
  const host: SandboxHost = {
    uid: process.getuid?.() ?? 0,
    resolverFile: presentOf("/etc/resolv.conf"),
    kernelSettings: kernelSettings.filter((path) => existsSync(path)),
    machineFacts: presentOf("/sys/devices/system"),
  };
  return {
    name: "bubblewrap",
    requireArch: async (arch) => requireUsable(await probeSandbox({ arch })),
    run: (command) => runInBubblewrap(program, host, command),
  };
}

const presentOf = (path: string): string | undefined => (existsSync(path) ? path : undefined);

async function runInBubblewrap(program: string, host: SandboxHost, command: SandboxCommand): Promise<SandboxResult> {
  const asUser = await startsAs(program, host, command);
  const options = bubblewrapArguments(command, asUser === undefined ? host : { ...host, uid: asUser.uid });
  requireNotCancelled(command);
  const started = performance.now();
  const child = start(program, command, asUser);
  const output = collectOutput(child, command);
  const status = readStatus(child);
  const stopping = stopCommand(child, command, () => status.text());
  try {
    sendArguments(child, options);
    const ended = await endOf(child, program);
    const exitCode = stopping.timedOut() ? 124 : exitCodeFrom(await status.whole);
    if (command.stop === undefined || exitCode === undefined) requireNotCancelled(command);
    if (exitCode === undefined) throw notStarted(command, ended, output.tail());
    return { exitCode, durationMs: performance.now() - started, timedOut: stopping.timedOut() };
  } finally {
    stopping.clear();
  }
}

/** The user of this machine as whom bubblewrap itself starts; undefined for our own. */
async function startsAs(
  program: string,
  host: SandboxHost,
  { user, ownersCount = false }: SandboxCommand,
): Promise<SandboxCommand["user"]> {
  const isOther = ownersCount && host.uid === 0 && user !== undefined && user.uid !== 0;
  return isOther && (await canStartAs(program, user)) ? user : undefined;
}

/**
 * Options travel through a pipe, not through argv, where every user of the machine could read the variables of a build.
 * bubblewrap itself starts with an empty environment: an LD_PRELOAD of ours is nobody's business there.
 */
function start(program: string, command: SandboxCommand, asUser: SandboxCommand["user"]): ChildProcess {
  const output = command.interactive === true || command.directOutput === true ? "inherit" : "pipe";
  const input = command.interactive === true ? "inherit" : "ignore";
  return spawn(
    program,
    ["--args", String(argumentsFd), "--json-status-fd", String(statusFd), "--", ...command.argv],
    // PATH only for finding bubblewrap; --clearenv keeps it from the command.
    {
      stdio: [input, output, output, "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "" },
      windowsHide: true,
      // A key such as Ctrl-C goes to all of a terminal's group: bubblewrap would end before the command could be asked to.
      detached: command.interactive !== true,
      ...asUser,
    },
  );
}

function sendArguments(child: ChildProcess, options: readonly string[]): void {
  const pipe = child.stdio[argumentsFd] as Writable;
  // It may die before it has read them; how it ended then says more than EPIPE.
  pipe.on("error", () => undefined);
  pipe.end(options.map((option) => `${option}\0`).join(""));
}

/** Passes lines on as they come and keeps the last few of bubblewrap's own for an error. */
function collectOutput(child: ChildProcess, command: SandboxCommand): { tail(): string } {
  const own: string[] = [];
  for (const stream of ["stdout", "stderr"] as const) {
    const lines = splitLines((line) => {
      if (stream === "stderr" && line.startsWith("bwrap: ")) own.splice(0, own.length - 4, line.slice(7));
      command.onLine?.(line, stream);
    });
    child[stream]?.on("data", (chunk: Buffer) => lines.push(chunk)).on("end", () => lines.end());
  }
  return { tail: () => own.join("; ") };
}

/** What bubblewrap says of itself: a line when the command has started, another one when it has ended. */
function readStatus(child: ChildProcess): { text(): string; readonly whole: Promise<string> } {
  const chunks: Buffer[] = [];
  const text = (): string => Buffer.concat(chunks).toString();
  const gather = async (): Promise<string> => {
    try {
      for await (const chunk of (child.stdio[statusFd] as Readable | undefined) ?? []) chunks.push(chunk as Buffer);
    } catch {
      // A process that could not be spawned closes its pipes early; `endOf` reports that.
    }
    return text();
  };
  return { text, whole: gather() };
}

/** bubblewrap tells the exit code only of a command that it did start; its own failures leave none. */
function exitCodeFrom(status: string): number | undefined {
  const found = /"exit-code":\s*(\d+)/.exec(status);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

/** How bubblewrap ended, in words. `close` comes when all output has been read too. */
function endOf(child: ChildProcess, program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(spawnFailed(program, cause)));
    child.once("close", (code, signal) => resolve(signal === null ? `exit code ${String(code)}` : signal));
  });
}

function spawnFailed(program: string, cause: Error): SandboxError {
  const missing = isSystemError(cause) && cause.code === "ENOENT";
  return new SandboxError(
    missing ? "SANDBOX_MISSING" : "SANDBOX_NOT_STARTED",
    `cannot start ${program}: ${missing ? "it is not installed" : reasonOf(cause)}`,
    { kind: "input", cause, hint: "install bubblewrap (apt-get install bubblewrap)" },
  );
}

function notStarted(command: SandboxCommand, ended: string, said: string): SandboxError {
  const what = command.argv[0] ?? "";
  return new SandboxError(
    "SANDBOX_NOT_STARTED",
    `cannot start ${what} in ${command.root}: ${said === "" ? `bubblewrap ended with ${ended}` : said}`,
    {
      kind: "pipeline",
      hint: notStartedHint(command, what, said),
      context: { path: command.root },
    },
  );
}

function notStartedHint({ interactive, directOutput }: SandboxCommand, what: string, said: string): string {
  if (said.startsWith("execvp"))
    return `put the package that has ${what}, for this machine's architecture or an emulated one, into the environment`;
  // Its words went where the command's would have gone.
  if (said === "" && (interactive === true || directOutput === true))
    return `see what bubblewrap says above; where that is about execvp, ${what} lacks its interpreter or a permission`;
  return "run the sandbox probe: it says whether this machine permits a sandbox";
}

function requireNotCancelled(command: SandboxCommand): void {
  if (command.signal?.aborted !== true) return;
  throw new CoreError("CANCELLED", `cancelled while running ${command.argv[0] ?? "a command"} in the sandbox`, {
    cause: command.signal.reason,
  });
}
