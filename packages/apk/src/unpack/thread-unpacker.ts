import { availableParallelism } from "node:os";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { unpackedOf, type WorkerAnswer } from "./worker-answer.ts";
import { quietCompilers } from "./quiet-compilers.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { unpackBetween, type Unpacked, type UnpackRequest } from "./unpack-file.ts";
import type { Unpacker } from "./unpacker.ts";

/** The main thread fetches and writes beside them; more than three would wait for it, and each takes more than ten MiB. */
const mostThreads = 3;

/** A thread has its next request before it has answered: this one may be busy with another when the answer comes. */
const requestsAhead = 4;

/**
 * Threads, one less than there are processors, that begin to start at once. This thread helps when all of them are busy.
 * Close it, or the process stays.
 */
export function openUnpacker(threads = Math.min(mostThreads, Math.max(1, availableParallelism() - 1))): Unpacker {
  const all = Array.from({ length: threads }, () => new UnpackThread());
  const compilers = quietCompilers();
  void Promise.all(all.map((thread) => thread.started)).then(keepHeapSmall);
  const here = new ThisThread();
  const choose = (): UnpackPlace | undefined => leastBusy(all, requestsAhead) ?? leastBusy([here], 1);
  const waiting: (() => void)[] = [];
  return {
    unpack: async (request) => {
      let place = choose();
      for (; place === undefined; place = choose()) await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await place.run(request);
      } finally {
        waiting.shift()?.();
      }
    },
    close: async () => {
      compilers.end();
      await Promise.all(all.map((thread) => thread.end()));
    },
  };
}

/** Where sections are unpacked. */
interface UnpackPlace {
  /** How many it has, under way or waiting. */
  readonly requests: number;
  run(request: UnpackRequest): Promise<Unpacked>;
}

/** The first of those with the fewest requests; undefined when all have `most`. */
function leastBusy(places: readonly UnpackPlace[], most: number): UnpackPlace | undefined {
  const [found] = places.filter(({ requests }) => requests < most).sort((a, b) => a.requests - b.requests);
  return found;
}

class ThisThread implements UnpackPlace {
  requests = 0;

  async run(request: UnpackRequest): Promise<Unpacked> {
    this.requests += 1;
    try {
      return await unpackBetween(request);
    } finally {
      this.requests -= 1;
    }
  }
}

/** The bundle has the thread's program beside it as a file of its own. */
const program = new URL(
  import.meta.url.endsWith(".ts") ? "./unpack-worker.ts" : "./unpack-worker.mjs",
  import.meta.url,
);

/** Nothing of the process but the file that it is told: no environment, no flags of the main thread's, and little room for young objects. */
const workerOptions: WorkerOptions = { env: {}, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 } };

/** One thread; it runs one request after the other. */
class UnpackThread implements UnpackPlace {
  readonly #worker = new Worker(program, workerOptions);
  /** When its own start is over, also where it failed. */
  readonly started = new Promise<void>((resolve) => {
    this.#worker.once("online", resolve).once("exit", () => resolve());
  });
  #failure: Error | undefined;
  /** Who waits for the answers that are still to come, in their order. */
  readonly #waiting: ((answer: WorkerAnswer | Error) => void)[] = [];

  constructor() {
    this.#worker.on("message", (answer: WorkerAnswer) => this.#waiting.shift()?.(answer));
    this.#worker.on("error", (error: Error) => {
      this.#fail(error);
    });
    this.#worker.on("exit", (status) => {
      this.#fail(new Error(`a thread that unpacks ended with status ${String(status)}`));
    });
  }

  get requests(): number {
    return this.#waiting.length;
  }

  async run(request: UnpackRequest): Promise<Unpacked> {
    if (this.#failure !== undefined) throw this.#failure;
    const answer = await new Promise<WorkerAnswer | Error>((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(request);
    });
    if (answer instanceof Error) throw answer;
    return unpackedOf(answer);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const settle of this.#waiting.splice(0)) settle(this.#failure);
  }
}
