import { inlineUnpacker, type Unpacker } from "./unpacker.ts";

/** Who unpacks while packages are fetched, for as long as that goes on. */
export interface Unpacking {
  /** Threads when there are any already, or when packages of so many bytes in all are worth their start; otherwise this one. */
  readonly unpackerFor: (sizeBytes: number) => Promise<Unpacker>;
}

/** Above this, what is to be fetched is worth the start of threads. */
const smallBytes = 512 * 1024;

/**
 * Does `work` with threads at hand, which several fetches may share, and ends them. They start when something is to be unpacked: begun
 * earlier, while indexes are read, they save no time and cost a tenth more memory.
 */
export async function withUnpacking<T>(work: (unpacking: Unpacking) => Promise<T>): Promise<T> {
  let threads: Promise<Unpacker> | undefined;
  const unpackerFor = (sizeBytes: number): Promise<Unpacker> => {
    if (threads === undefined && sizeBytes < smallBytes) return Promise.resolve(inlineUnpacker);
    threads ??= startThreads();
    return threads;
  };
  try {
    return await work({ unpackerFor });
  } finally {
    await (await threads)?.close();
  }
}

/** Loaded when it is needed: a warm build has no use for threads. */
async function startThreads(): Promise<Unpacker> {
  const { openUnpacker } = await import("./thread-unpacker.ts");
  return openUnpacker();
}
