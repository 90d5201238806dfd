import { CoreError } from "./core-error.ts";

const stopping = ["SIGINT", "SIGTERM"] as const;

/**
 * The bytes that come through a pipe or a terminal, opened so that nothing waits (O_NONBLOCK), to their end; closes it. `admit` is told
 * how many there are so far, and throws to refuse.
 *
 * Here the event loop waits for whoever writes, as a thread that waits in `open` or `read` could not be ended: not even
 * `process.exit` gets past it. Whoever asks the process to end meanwhile ends the wait.
 * @throws CoreError CANCELLED · the error of the system
 */
export async function readPipe(
  file: number,
  { path, admit }: { readonly path: string; readonly admit: (sizeBytes: number) => void },
): Promise<Buffer> {
  const [{ Socket }, { isatty, ReadStream }] = await Promise.all([import("node:net"), import("node:tty")]);
  const stream = isatty(file) ? new ReadStream(file) : new Socket({ fd: file, readable: true, writable: false });
  const cancel = (signal: string): void => {
    stream.destroy(new CoreError("CANCELLED", `reading ${path}: cancelled`, { cause: new Error(signal) }));
  };
  for (const name of stopping) process.once(name, cancel);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      admit((length += chunk.length));
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    for (const name of stopping) process.off(name, cancel);
  }
}
