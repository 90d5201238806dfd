import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeIndex, indexPackages, writePackage, type PackageItem } from "@apkmill/apk";
import { probeSandbox } from "@apkmill/sandbox";
import { runCommand } from "../testing/run-command.ts";

const busybox = "/usr/bin/busybox";
const probe = await probeSandbox();
const skip = !probe.usable ? `needs a sandbox: ${probe.problem}` : existsSync(busybox) ? false : `needs ${busybox}`;
const asRoot = process.getuid?.() === 0 ? false : "needs root";

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe("an image with a shell", { skip }, () => {
  let folder: string;
  let layout: string;
  let tar: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "apkmill-run-test-"));
    // The image's user must reach what is unpacked below it.
    await chmod(folder, 0o711);
    const config = await writeSources(folder);
    [layout, tar] = [join(folder, "layout"), join(folder, "image.tar")];
    for (const output of [layout, tar]) {
      const { status, stderr } = await runCommand(folder, [
        "image",
        "build",
        config,
        "shell:1",
        output,
        "--ignore-signatures",
      ]);
      assert.equal(status, 0, stderr);
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  interface Stop {
    readonly after: RegExp;
    readonly signals: readonly NodeJS.Signals[];
  }

  /** In a process of its own, as its standard output is where the command's goes. */
  async function run(options: readonly string[], command: readonly string[], stop?: Stop): Promise<Ended> {
    await mkdir(join(folder, "tmp"), { mode: 0o711, recursive: true });
    const start = join(import.meta.dirname, "../start.ts");
    const argv = [start, "image", "run", "--cache-dir", join(folder, "cache"), ...options, "--", ...command];
    const child = spawn(process.execPath, argv, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HERE: "here", TMPDIR: join(folder, "tmp") },
      detached: true,
    });
    const texts = { stdout: "", stderr: "" };
    child.stderr.on("data", (chunk: Buffer) => (texts.stderr += chunk.toString("latin1")));
    child.stdout.on("data", (chunk: Buffer) => {
      texts.stdout += chunk.toString("latin1");
      // Once: a second signal of most kinds ends our own process at once.
      if (stop?.after.test(texts.stdout) !== true) return;
      // To the whole group, as a terminal does.
      for (const signal of stop.signals) process.kill(-(child.pid ?? NaN), signal);
      stop = undefined;
    });
    return new Promise((resolve) => child.once("close", (status) => resolve({ status, ...texts })));
  }

  test("gives the exit status, and its output as it is", async () => {
    const { status, stdout, stderr } = await run([layout], ["-c", "printf 'a\\n\\n\\377b'; echo no >&2; exit 42"]);
    assert.equal(status, 42);
    assert.equal(stdout, "a\n\n\u00ffb");
    assert.match(stderr, /^no$/m);
  });

  test("runs from a tar, and says what it printed for --json", async () => {
    const { status, stdout } = await run([tar, "--json"], ["-c", "echo one; echo two"]);
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), { exitCode: 0, timedOut: false, output: ["one", "two"] });
  });

  test("has its environment, what is asked for, and nothing of ours", async () => {
    const { stdout } = await run([layout, "-e", "A=1", "-e", "HERE", "-e", "NOWHERE"], ["-c", "env | sort"]);
    const lines = stdout.trim().split("\n");
    for (const line of ["A=1", "HERE=here", "GREETING=hello"]) assert.ok(lines.includes(line), line);
    assert.ok(!stdout.includes("NOWHERE"));
  });

  test("starts where it says, or where it is told", async () => {
    assert.equal((await run([layout], ["-c", "pwd"])).stdout, "/work/inside\n");
    assert.equal((await run([layout, "-w", "/tmp"], ["-c", "pwd"])).stdout, "/tmp\n");
  });

  test("is its user, for whom the owners of files count", { skip: asRoot }, async () => {
    const script =
      "id -u; id -g; echo x > /home/app/mine && echo home; echo x > /etc/mine || echo no; echo x > /data/mine && echo data";
    const { stdout, stderr } = await run([layout], ["-c", script]);
    assert.deepEqual(stdout.trim().split("\n"), ["1234", "1234", "home", "no", "data"], stderr);
    assert.equal((await run([layout, "-u", "0"], ["-c", "id -u; echo x > /etc/mine"])).stdout, "0\n");
    const group = await run([layout, "-u", "0:app"], ["-c", "id -u; id -g"]);
    assert.equal(group.stdout, "0\n1234\n", group.stderr);
  });

  test("sees the volumes that it is given", async () => {
    const shared = join(folder, "shared");
    await mkdir(shared, { mode: 0o777, recursive: true });
    await writeFile(join(shared, "in"), "in");
    const mounts = ["-u", "0", "-v", `${shared}:/given`, "-v", `${shared}:/kept:ro`];
    const { stdout } = await run(
      [layout, ...mounts],
      ["-c", "cat /given/in; echo out > /given/out; echo x > /kept/x || echo no"],
    );
    assert.equal(stdout, "inno\n");
    assert.equal(await readFile(join(shared, "out"), "utf8"), "out\n");
  });

  test("has no network but its own loopback, unless it asks for ours", async () => {
    const devices = async (options: string[]): Promise<number> =>
      (await run([layout, ...options], ["-c", "tail -n +3 /proc/net/dev | wc -l"])).stdout.trim() === "1" ? 1 : 2;
    assert.equal(await devices([]), 1);
    assert.equal(await devices(["--network", "none"]), 1);
    const ours = readFileSync("/proc/net/dev", "utf8").trim().split("\n").length - 2;
    assert.equal(await devices(["--network", "host"]), ours === 1 ? 1 : 2);
  });

  test("is asked to end by the signal that it names, and may take its time", async () => {
    const script = "trap 'echo bye; exit 7' QUIT; echo ready; while :; do sleep 0.05; done";
    const { status, stdout } = await run([layout], ["-c", script], {
      after: /ready/,
      signals: ["SIGTERM"],
    });
    assert.equal(stdout, "ready\nbye\n");
    assert.equal(status, 7);
  });

  test("is ended when it does not end by itself", async () => {
    const script = "trap '' QUIT; echo ready; while :; do sleep 0.05; done";
    const stop = { after: /ready/, signals: ["SIGTERM"] } as const;
    const { status } = await run([layout, "--stop-timeout", "0"], ["-c", script], stop);
    assert.equal(status, 128 + 15);
  });

  const endings: readonly [NodeJS.Signals[], number][] = [
    [["SIGINT"], 128 + 2],
    [["SIGQUIT"], 128 + 3],
    [["SIGHUP", "SIGHUP"], 128 + 1],
  ];
  for (const [signals, expected] of endings) {
    test(`leaves nothing behind after ${signals.join(" and ")}`, async () => {
      const script = "trap '' QUIT; echo ready; while :; do sleep 0.05; done";
      const stop = { after: /ready/, signals };
      const { status } = await run([layout, "--stop-timeout", "0"], ["-c", script], stop);
      assert.equal(status, expected);
      assert.deepEqual(await readdir(join(folder, "tmp")), []);
    });
  }

  test("is asked to end when its time is over, and may take its time as well", async () => {
    const script = "trap 'echo bye; exit 7' QUIT; echo ready; while :; do sleep 0.05; done";
    const { status, stdout } = await run([layout, "--timeout", "1"], ["-c", script]);
    assert.equal(stdout, "ready\nbye\n");
    assert.equal(status, 124);
  });

  test("is ended when its time is over and it does not end by itself", async () => {
    const script = "trap '' QUIT; while :; do sleep 0.05; done";
    const { status } = await run([layout, "--timeout", "1", "--stop-timeout", "0"], ["-c", script]);
    assert.equal(status, 124);
  });

  test("sees volumes, and starts, behind the links of the image", async () => {
    const shared = join(folder, "behind");
    await mkdir(shared, { mode: 0o777, recursive: true });
    await writeFile(join(shared, "in"), "in\n");
    const mounts = ["-v", `${shared}:/var/run/x`, "-v", `${join(shared, "in")}:/etc/localtime:ro`];
    const script = "pwd; cat /run/x/in /usr/share/zone";
    const { stdout, stderr } = await run([layout, "-u", "0", ...mounts, "-w", "/var/run/new"], ["-c", script]);
    assert.equal(stdout, "/var/run/new\nin\nin\n", stderr);
    const applet = ["-u", "0", "--entrypoint", "", "-v", `${busybox}:/bin/wc:ro`];
    assert.equal((await run([layout, ...applet], ["/bin/sh", "-c", "echo same"])).stdout, "same\n");
  });

  test("says what it would run, and runs nothing, for --dry-run", async () => {
    const shared = join(folder, "untouched");
    await mkdir(shared, { mode: 0o777, recursive: true });
    const options = [layout, "--dry-run", "-u", "0", "-e", "A=secret", "-v", `${shared}:/var/run/x`];
    const command = ["-c", "echo ran > /run/x/out"];
    const { status, stdout } = await run(options, command);
    assert.equal(status, 0);
    assert.match(stdout, /^would run \/bin\/sh -c 'echo ran > \/run\/x\/out' as 0:0 in \/work\/inside$/m);
    assert.match(stdout, /untouched at \/run\/x$/m);
    assert.doesNotMatch(stdout, /secret/);
    const { argv, dryRun } = JSON.parse((await run([...options, "--json"], command)).stdout) as Record<string, unknown>;
    assert.deepEqual([argv, dryRun], [["/bin/sh", ...command], true]);
    assert.deepEqual(await readdir(shared), []);
    assert.deepEqual(await readdir(join(folder, "tmp")), []);
  });

  const noPrograms: readonly [string[], string[], RegExp][] = [
    [["--entrypoint", ""], ["nocmd"], /the image has no program "nocmd"/],
    [["--entrypoint", "/nonexistent"], [], /the image has no program "\/nonexistent"/],
    [["--entrypoint", ""], ["/etc/passwd"], /"\/etc\/passwd" of the image is not executable/],
    [["--entrypoint", "", "-e", "PATH=/nowhere"], ["sh"], /the image has no program "sh"/],
  ];
  for (const [options, command, message] of noPrograms) {
    test(`is not run with ${[...options, "--", ...command].join(" ")}`, async () => {
      const { status, stderr } = await runCommand(folder, ["image", "run", layout, ...options, "--", ...command]);
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }

  const wrong: readonly [string[], RegExp][] = [
    [["-v", "/nowhere/at/all:/x"], /CLI_BAD_VALUE/],
    [["-v", "/tmp:x"], /CLI_BAD_VALUE/],
    [["-v", "/tmp:/x:rx"], /CLI_BAD_VALUE/],
    [["-v", "/tmp:/"], /CLI_BAD_VALUE/],
    [["-v", "/tmp://."], /CLI_BAD_VALUE/],
    [["-e", "=x"], /CLI_BAD_VALUE/],
    [["-w", "relative"], /CLI_BAD_VALUE/],
    [["-u", "stranger"], /IMAGE_CONTENT/],
    [["--network", "bridge"], /CLI_BAD_VALUE/],
  ];
  for (const [options, code] of wrong) {
    test(`is not run with ${options.join(" ")}`, async () => {
      const { status, stderr } = await runCommand(folder, ["image", "run", layout, ...options, "--", "-c", "true"]);
      assert.equal(status, 1);
      assert.match(stderr, code);
    });
  }
});

/** A repository of a shell, and a configuration that uses all that can be said about running. */
async function writeSources(folder: string): Promise<string> {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  const repository = join(folder, "repository");
  const path = join(repository, arch, "shell-1-r0.apk");
  await mkdir(join(repository, arch), { recursive: true });
  await writePackage(path, { control: { ...control, arch }, entries: shellItems(), mtime: 0 });
  const index = await encodeIndex(await indexPackages([path], { arch }), { keys: [] });
  await writeFile(join(repository, arch, "APKINDEX.tar.gz"), index);
  const config = join(folder, "shell.apko.yaml");
  await writeFile(
    config,
    `contents: {repositories: [${repository}], packages: [shell]}
archs: [${arch}]
accounts: {run-as: app, users: [{username: app, uid: 1234}], groups: [{groupname: app, gid: 1234}]}
entrypoint: {command: /bin/sh}
environment: {GREETING: hello}
work-dir: /work/inside
stop-signal: SIGQUIT
volumes: [/data]
paths: [{path: /etc/passwd, type: permissions, permissions: 0o644}]
`,
  );
  return config;
}

const control = {
  name: "shell",
  version: "1-r0",
  description: "",
  url: "",
  license: "GPL-2.0-only",
  origin: "shell",
  maintainer: "",
  commit: "",
  buildTime: 0,
  installedSizeBytes: 1,
  providerPriority: 0,
  depends: [],
  provides: [],
  installIf: [],
  replaces: [],
  replacesPriority: 0,
  triggers: [],
};

function shellItems(): PackageItem[] {
  const plain = {
    mode: 0o755,
    uid: 0,
    gid: 0,
    uname: "root",
    gname: "root",
    sizeBytes: 0,
    mtime: 0,
    linkPath: "",
    xattrs: new Map(),
    pax: new Map(),
  };
  const content = readFileSync(busybox);
  const commands = ["sh", "cat", "env", "sort", "id", "sleep", "tail", "wc", "true"];
  return [
    { entry: { ...plain, path: "bin", type: "directory" } },
    { entry: { ...plain, path: "bin/busybox", type: "file", sizeBytes: content.length }, content },
    ...commands.map((name): PackageItem => {
      return { entry: { ...plain, path: `bin/${name}`, type: "symlink", mode: 0o777, linkPath: "busybox" } };
    }),
    // As other images have them: absolute, and to what may be missing.
    { entry: { ...plain, path: "etc", type: "directory" } },
    { entry: { ...plain, path: "etc/localtime", type: "symlink", mode: 0o777, linkPath: "/usr/share/zone" } },
    { entry: { ...plain, path: "etc/resolv.conf", type: "symlink", mode: 0o777, linkPath: "/run/resolver/conf" } },
    { entry: { ...plain, path: "var", type: "directory" } },
    { entry: { ...plain, path: "var/run", type: "symlink", mode: 0o777, linkPath: "/run" } },
  ];
}
