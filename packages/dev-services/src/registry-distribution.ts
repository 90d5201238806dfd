import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathExists } from "@apkmill/core";

/** Debian's package `docker-registry`: the CNCF distribution project's registry. */
const program = "/usr/bin/docker-registry";
const startupMs = 15_000;

/** True when {@link startDistributionRegistry} can run here. */
export function hasDistributionRegistry(): Promise<boolean> {
  return pathExists(program);
}

/**
 * Starts the real registry of Debian's `docker-registry` on a free loopback port, with everything it keeps below
 * `directory`: the peer that our own registry and client are compared with. Deletes are allowed. `auth` is the section
 * of that name of its configuration; anonymous without.
 */
export async function startDistributionRegistry(
  directory: string,
  auth?: Readonly<Record<string, unknown>>,
): Promise<{ readonly url: string; readonly host: string; close(): Promise<void> }> {
  const host = `127.0.0.1:${String(await freePort())}`;
  await mkdir(join(directory, "data"), { recursive: true });
  const configPath = join(directory, "config.yml");
  await writeFile(configPath, configOf(host, join(directory, "data"), auth));
  const child = spawn(program, ["serve", configPath], { stdio: "ignore" });
  await waitUntilReady(child, `http://${host}/v2/`);
  return { url: `http://${host}`, host, close: () => stop(child) };
}

/** JSON is YAML. */
function configOf(host: string, dataDirectory: string, auth: Readonly<Record<string, unknown>> | undefined): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: dataDirectory }, delete: { enabled: true } },
    http: { addr: host },
    ...(auth === undefined ? {} : { auth }),
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + startupMs;
  while (Date.now() < deadline && child.exitCode === null) {
    if (
      await fetch(url).then(
        (response) => response.ok || response.status === 401,
        () => false,
      )
    )
      return;
    await sleep(50);
  }
  await stop(child);
  throw new Error(`${program} did not answer at ${url} within ${String(startupMs)} ms`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}
