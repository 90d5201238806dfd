import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, runOrThrow } from "./apkmill.ts";

/** Docker's daemon and the containerd that it starts, with all of their state below a folder. */
export interface Docker {
  /** Runs the client with these arguments; it must succeed. */
  run(args: readonly string[]): Promise<string>;
  /** Runs containerd's client in a namespace of its own. */
  ctr(args: readonly string[]): Promise<string>;
  /** The whole root of an image that was loaded, as a tar that is written to `path`. */
  exportRoot(image: string, path: string): Promise<void>;
  stop(): Promise<void>;
}

const flags = ["--storage-driver=vfs", "--iptables=false", "--bridge=none"];
const startMs = 30_000;

/** Starts the daemon; needs root. */
export async function startDocker(folder: string): Promise<Docker> {
  const state = join(folder, "docker");
  const socket = `unix://${state}/docker.sock`;
  await mkdir(state);
  const places = ["--data-root", `${state}/data`, "--exec-root", `${state}/exec`, "-H", socket, "-p", `${state}/pid`];
  // A policy of the host, where there is one, is none of the tests' business.
  await writeFile(join(state, "daemon.json"), "{}");
  const daemon = spawn("dockerd", [...flags, ...places, "--config-file", join(state, "daemon.json")], {
    stdio: "ignore",
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
  });
  const docker = ["docker", "-H", socket];
  const began = performance.now();
  while ((await run([...docker, "version"])).status !== 0) {
    if (performance.now() - began > startMs) throw new Error("dockerd did not start");
    await sleep(100);
  }
  return {
    run: (args) => runOrThrow([...docker, ...args]),
    ctr: (args) => runOrThrow(["ctr", "-a", `${state}/exec/containerd/containerd.sock`, "-n", "test", ...args]),
    exportRoot: async (image, path) => {
      const container = (await runOrThrow([...docker, "create", image, "none"])).trim();
      await runOrThrow([...docker, "export", "-o", path, container]);
      await runOrThrow([...docker, "rm", container]);
    },
    stop: async () => {
      daemon.kill("SIGTERM");
      await new Promise((resume) => daemon.once("close", resume));
      await run(["sh", "-c", `umount -R ${state}/data/* ${state}/exec/* 2>/dev/null; true`]);
    },
  };
}
