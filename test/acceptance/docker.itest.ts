import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { apkmillJson, run, runOrThrow } from "./apkmill.ts";
import { corpora, needs, program, realPackages, root, temporaryDirectory } from "./surroundings.ts";

/** Docker's daemon runs an Alpine that was assembled from its signed packages. */
const skip = needs(program("dockerd"), program("docker"), root, realPackages);

interface Built {
  readonly digest: string;
  readonly platforms: readonly {
    readonly layers: readonly {
      readonly digest: string;
      readonly kind: string;
      readonly packages: readonly string[];
    }[];
  }[];
}

describe("alpine-base from signed packages", { skip }, () => {
  const packages = join(corpora ?? "", "alpine-3.19-x86_64", "apks");
  let folder: string;
  let config: string;
  let keys: string;

  before(async () => {
    folder = temporaryDirectory();
    keys = await alpineKeys(folder, packages);
    config = join(folder, "alpine.apko.yaml");
    await writeFile(
      config,
      `contents:\n  repositories: [${packages}]\n  packages: [alpine-base]\ncmd: /bin/sh -l\narchs: [x86_64]\n`,
    );
  });

  test("with --layering package every layer but the last is a package's own data section", async () => {
    const built = await apkmillJson<Built>([
      "image",
      "build",
      config,
      "alpine:package",
      join(folder, "package"),
      "-k",
      keys,
      "--layering",
      "package",
    ]);
    const layers = built.platforms[0]?.layers ?? [];
    assert.ok(layers.length > 20);
    for (const { digest, packages: held } of layers.slice(0, -1)) {
      assert.equal(held.length, 1);
      assert.equal(digest, `sha256:${await dataHash(packages, held[0] ?? "")}`);
    }
    assert.equal(layers.at(-1)?.kind, "generated");
  });

  test("docker loads it and runs it, under every layering", async (t) => {
    const docker = await startDocker(folder);
    t.after(() => docker.stop());
    for (const layering of ["auto", "package", "single"]) {
      const tar = join(folder, `${layering}.tar`);
      await apkmillJson(["image", "build", config, `alpine:${layering}`, tar, "-k", keys, "--layering", layering]);
      await docker.run(["load", "-i", tar]);
      const answer = await docker.run([
        "run",
        "--rm",
        "--network",
        "none",
        `alpine:${layering}`,
        "sh",
        "-c",
        "cat /etc/os-release && apk --version && apk audit --system && id",
      ]);
      assert.match(answer, /PRETTY_NAME="Alpine Linux v3\.19"/);
      assert.match(answer, /apk-tools 2\.14/);
      assert.match(answer, /uid=0\(root\)/);
    }
  });
});

async function alpineKeys(folder: string, packages: string): Promise<string> {
  const keyPackage = readdirSync(join(packages, "x86_64")).find((name) => name.startsWith("alpine-keys-")) ?? "";
  await mkdir(join(folder, "keys"));
  await run(["tar", "-xzf", join(packages, "x86_64", keyPackage), "-C", join(folder, "keys"), "etc/apk/keys"]);
  return join(folder, "keys", "etc", "apk", "keys");
}

/** What the signed control section states, read with tar and grep. */
async function dataHash(packages: string, label: string): Promise<string> {
  const file = join(packages, "x86_64", `${label.replace("=", "-")}.apk`);
  const { stdout } = await run(["tar", "-xzOf", file, ".PKGINFO"]);
  return /^datahash = ([0-9a-f]{64})$/m.exec(stdout)?.[1] ?? "none";
}

async function startDocker(
  folder: string,
): Promise<{ run: (args: readonly string[]) => Promise<string>; stop: () => Promise<void> }> {
  const state = join(folder, "docker");
  const socket = `unix://${state}/docker.sock`;
  await mkdir(state);
  const daemon = spawn(
    "dockerd",
    [
      "--storage-driver=vfs",
      "--iptables=false",
      "--bridge=none",
      "--data-root",
      `${state}/data`,
      "--exec-root",
      `${state}/exec`,
      "-H",
      socket,
      "-p",
      `${state}/pid`,
    ],
    { stdio: "ignore", env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` } },
  );
  const docker = ["docker", "-H", socket];
  for (let attempt = 0; (await run([...docker, "version"])).status !== 0; attempt += 1) {
    if (attempt > 100) throw new Error("dockerd did not start");
    await new Promise((resume) => setTimeout(resume, 200));
  }
  return {
    run: (args) => runOrThrow([...docker, ...args]),
    stop: async () => {
      daemon.kill("SIGTERM");
      await new Promise((resume) => daemon.once("close", resume));
      await run(["sh", "-c", `umount -R ${state}/data/* ${state}/exec/* 2>/dev/null; true`]);
    },
  };
}
