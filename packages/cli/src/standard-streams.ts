import { CoreError, formatError, isSystemError, reasonOf } from "@apkmill/core";

/** Standard output and standard error of a process, and what becomes of it when one of them cannot be written any more. */
export interface StandardStreams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Waits until all that was written is out, or lost; then the exit status of a process that would have ended with `status`. */
  readonly statusAfter: (status: number) => Promise<number>;
}

/** 128 and the number of SIGPIPE, which is how other programs end in such a pipe; Node has that signal ignored. */
const closedPipe = 141;

/**
 * Writes to the process's streams. A reader that has seen enough (`| head`) closes its pipe: nothing more is said then, `stop` is asked
 * to end the work, and the status is 141. Any other failure, such as a full disk, is told on standard error, with status 1.
 */
export function openStandardStreams(process: NodeJS.Process, stop: AbortController): StandardStreams {
  let failed: number | undefined;
  const onError = (error: unknown): void => {
    if (failed !== undefined) return;
    const isClosed = isSystemError(error) && error.code === "EPIPE";
    failed = isClosed ? closedPipe : 1;
    process.exitCode = failed;
    if (!isClosed) process.stderr.write(`${formatError(unwritable(error))}\n`);
    stop.abort(error);
  };
  process.stdout.on("error", onError);
  process.stderr.on("error", onError);
  const writer = (stream: NodeJS.WriteStream) => (text: string) => {
    if (failed === undefined) stream.write(text);
  };
  return {
    stdout: writer(process.stdout),
    stderr: writer(process.stderr),
    statusAfter: async (status) => {
      await Promise.all([process.stdout, process.stderr].map(drained));
      return failed ?? status;
    },
  };
}

/** What was written before comes first; an error of it is told before the next turn. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => setImmediate(resolve));
  });
}

function unwritable(cause: unknown): CoreError {
  return new CoreError("FILE_UNWRITABLE", `cannot write the output: ${reasonOf(cause)}`, {
    hint: "make room, or send the output elsewhere",
    cause,
  });
}
