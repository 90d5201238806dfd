import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { isSystemError } from "@apkmill/core";
import type { SandboxCommand } from "./sandbox.ts";

/**
 * Ends a command when its signal says so, or its time is over. bubblewrap passes no signal on: its own first process stands between it
 * and the command, and SIGKILL to bubblewrap takes both and all that they started. So a gentle end looks the command up below that
 * first process, whose number `status` tells, and is followed by the other one after a while.
 */
export function stopCommand(
  child: ChildProcess,
  { signal, stop, timeoutMs }: SandboxCommand,
  status: () => string,
): { timedOut(): boolean; clear(): void } {
  let timedOut = false;
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => void child.kill("SIGKILL");
  const ask = (): void => {
    if (stop === undefined || !sendTo(commandBelow(status()), stop.signal)) end();
    else grace ??= setTimeout(end, stop.graceMs);
  };
  const onTimeout = (): void => {
    timedOut = true;
    ask();
  };
  const time = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  const cancel = (): void => {
    clearTimeout(time);
    ask();
  };
  signal?.addEventListener("abort", cancel);
  return {
    timedOut: () => timedOut,
    clear: () => {
      signal?.removeEventListener("abort", cancel);
      clearTimeout(time);
      clearTimeout(grace);
    },
  };
}

/** The process that bubblewrap's first one has started; undefined before, and where the kernel does not tell. */
function commandBelow(status: string): number | undefined {
  const first = /"child-pid":\s*(\d+)/.exec(status)?.[1];
  if (first === undefined) return undefined;
  try {
    const found = /^\d+/.exec(readFileSync(`/proc/${first}/task/${first}/children`, "utf8"))?.[0];
    return found === undefined ? undefined : Number(found);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function sendTo(process_: number | undefined, signal: NodeJS.Signals): boolean {
  if (process_ === undefined) return false;
  try {
    return process.kill(process_, signal);
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
