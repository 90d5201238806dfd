import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import type { Server } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compareBytes } from "./canonical-json.ts";
import { CoreError } from "./core-error.ts";

/** How long another process may take to write one output: room for an image of some GB onto a slow disk. */
const mostWaitMs = 10 * 60 * 1000;
const pauseMs = 20;

/**
 * Does `work` while no other process of this machine does so for one of `paths`.
 *
 * The lock is a name in the kernel (an abstract socket of Linux, known within one network namespace), which goes with its process
 * however that ends: there is no file that a killed one could leave. Names are taken in one order, so that two processes never wait for each other. Where there are no
 * such names, work is done without.
 * @throws CoreError FILE_BUSY, CANCELLED · whatever `work` throws
 */
export async function exclusively<T>(
  paths: readonly string[],
  { signal, waitMs = mostWaitMs }: { readonly signal: AbortSignal; readonly waitMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const names = await Promise.all(paths.map(nameOf));
  const held: Server[] = [];
  try {
    for (const [name, path] of [...new Map(names)].sort(([a], [b]) => compareBytes(a, b))) {
      const server = await take(name, path, { signal, waitMs });
      if (server !== undefined) held.push(server);
    }
    return await work();
  } finally {
    for (const server of held) server.close();
  }
}

/** One name for a place, whichever way leads there. */
async function nameOf(path: string): Promise<readonly [name: string, path: string]> {
  const full = resolve(path);
  const place = await realpath(full).catch(async () =>
    join(await realpath(dirname(full)).catch(() => dirname(full)), basename(full)),
  );
  return [`\0apkmill-${createHash("sha256").update(place).digest("hex").slice(0, 32)}`, path];
}

async function take(
  name: string,
  path: string,
  { signal, waitMs }: { readonly signal: AbortSignal; readonly waitMs: number },
): Promise<Server | undefined> {
  const until = Date.now() + waitMs;
  for (;;) {
    const taken = await tryToTake(name);
    if (taken !== "busy") return taken;
    if (Date.now() > until) {
      throw new CoreError("FILE_BUSY", `cannot write ${path}: another process has been writing it for long`, {
        hint: "wait for it to end, or name another place",
        context: { path },
      });
    }
    await sleep(pauseMs, undefined, { signal }).catch((cause: unknown) => {
      throw new CoreError("CANCELLED", `waiting for another process that writes ${path}: cancelled`, { cause });
    });
  }
}

/** Undefined where the system has no such names. */
async function tryToTake(name: string): Promise<Server | "busy" | undefined> {
  const { createServer } = await import("node:net");
  return new Promise((settle) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) => {
      settle(error.code === "EADDRINUSE" ? "busy" : undefined);
    });
    server.listen(name, () => {
      settle(server);
    });
  });
}
