import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openImage } from "@apkmill/oci";
import { diffImages } from "./diff-images.ts";
import { inspectOpenedImage } from "./inspect-image.ts";
import { openBench } from "./testing/bench.ts";
import { directory, file, makeRepository } from "./testing/repository.ts";
import { hasTool } from "./testing/unpacked.ts";

/** What Docker makes of an image, and what we make of what Docker saves. */
const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
const isRoot = process.getuid?.() === 0;
const hasDaemon = spawnSync("sh", ["-c", "command -v dockerd"], { env: { PATH: path } }).status === 0;
const skip = isRoot && hasDaemon && hasTool("docker") ? false : "needs root, dockerd and docker";

interface DockerConfig {
  readonly ExposedPorts: unknown;
  readonly Healthcheck: unknown;
  readonly User: string;
}

test("Docker knows ports and health check of an image, and what it saves is the image", { skip }, async (t) => {
  const bench = await openBench();
  const { docker, stop } = startDocker(join(bench.folder, "docker"));
  t.after(async () => {
    await stop();
    await bench.close();
  });
  await docker.ready();
  const items = [directory("etc"), file("etc/passwd", "app:x:10:20::/:/x\n"), file("usr/app", Buffer.alloc(20_000, 1))];
  const { path: repository, key } = await makeRepository(bench.folder, [{ name: "app", items }]);
  const tar = join(bench.folder, "app.tar");
  const config = `contents: {repositories: [${repository}], keyring: [${key}], packages: [app]}\ncmd: /usr/app\naccounts: {run-as: app}`;
  await bench.build(config, {
    output: tar,
    tag: "acme/app:1",
    exposedPorts: ["8080", "53/udp"],
    healthCheck: { command: "test -f /usr/app", interval: "30s", timeout: "3s", startPeriod: "1m", retries: 4 },
  });
  docker.run("load", "-i", tar);
  const [known] = JSON.parse(docker.run("inspect", "acme/app:1")) as { Config: DockerConfig }[];
  assert.deepEqual(known?.Config.ExposedPorts, { "53/udp": {}, "8080/tcp": {} });
  assert.deepEqual(known.Config.Healthcheck, {
    Test: ["CMD-SHELL", "test -f /usr/app"],
    Interval: 30e9,
    Timeout: 3e9,
    StartPeriod: 60e9,
    Retries: 4,
  });
  assert.equal(known.Config.User, "10");

  const saved = join(bench.folder, "saved.tar");
  docker.run("save", "-o", saved, "acme/app:1");
  const [ours, theirs] = [await openImage(bench.ports, tar), await openImage(bench.ports, saved)];
  const { platforms } = await diffImages(ours, theirs, bench.ports.limits);
  // Docker keeps no annotations of manifests.
  assert.deepEqual(
    platforms.flatMap(({ config: changes }) => changes.filter(({ what }) => !what.startsWith("annotation "))),
    [],
  );
  assert.deepEqual(
    platforms.map(({ files, packages, layers }) => [files, packages, layers.added, layers.removed]),
    [[[], [], [], []]],
  );
  const [platform] = (await inspectOpenedImage(theirs, bench.ports.limits)).platforms;
  assert.deepEqual(
    platform?.packages.map(({ name, why }) => [name, why.world]),
    [["app", ["app"]]],
  );
});

interface Docker {
  readonly ready: () => Promise<void>;
  readonly run: (...args: readonly string[]) => string;
}

function startDocker(folder: string): { readonly docker: Docker; readonly stop: () => Promise<void> } {
  mkdirSync(folder);
  const socket = `unix://${folder}/docker.sock`;
  const places = ["--data-root", `${folder}/data`, "--exec-root", `${folder}/exec`, "-p", `${folder}/pid`];
  const simple = ["--storage-driver=vfs", "--iptables=false", "--bridge=none"];
  const daemon = spawn("dockerd", [...simple, ...places, "-H", socket], { stdio: "ignore", env: { PATH: path } });
  const ended = new Promise((resolve) => daemon.once("close", resolve));
  const run = (...args: readonly string[]): string =>
    execFileSync("docker", ["-H", socket, ...args], { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 }).toString();
  const ready = async (): Promise<void> => {
    for (let attempt = 0; spawnSync("docker", ["-H", socket, "version"]).status !== 0; attempt += 1) {
      if (attempt > 100 || daemon.exitCode !== null) throw new Error("dockerd did not start");
      await sleep(200);
    }
  };
  const stop = async (): Promise<void> => {
    daemon.kill("SIGTERM");
    await ended;
    // It mounts its data upon themselves.
    spawnSync("umount", ["-R", `${folder}/data`]);
  };
  return { docker: { ready, run }, stop };
}
