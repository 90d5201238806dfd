import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openBubblewrap } from "./bubblewrap.ts";
import { probeSandbox } from "./probe.ts";
import type { SandboxCommand, SandboxMount, SandboxResult } from "./sandbox.ts";

const probe = await probeSandbox();
const skip = probe.usable ? false : `needs a sandbox: ${probe.problem}`;

// A root of this machine's own programs, read-only.
const root = mkdtempSync(join(tmpdir(), "apkmill-sandbox-"));
chmodSync(root, 0o755);
for (const folder of ["usr", "tmp", "etc", "sys"]) mkdirSync(join(root, folder));
for (const folder of ["bin", "lib", "lib64"]) symlinkSync(`usr/${folder}`, join(root, folder));
after(() => rmSync(root, { recursive: true, force: true }));

const host: readonly SandboxMount[] = [{ source: "/usr", target: "/usr", readOnly: true }];
const sandbox = openBubblewrap();

async function sh(
  script: string,
  more: Partial<SandboxCommand> = {},
): Promise<SandboxResult & { out: string; err: string }> {
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  const result = await sandbox.run({
    root,
    argv: ["/bin/sh", "-c", script],
    env: { PATH: "/usr/bin:/bin" },
    workingDirectory: "/",
    mounts: host,
    onLine: (line, stream) => lines[stream].push(line),
    ...more,
  });
  return { ...result, out: lines.stdout.join("\n"), err: lines.stderr.join("\n") };
}

test("a command runs as root with its lines, its exit code and only the variables it is given", { skip }, async () => {
  const found = await sh("id -u; id -g; env | sort; echo bad >&2; exit 7", {
    env: { PATH: "/usr/bin", B: "two words" },
  });
  assert.equal(found.exitCode, 7);
  assert.deepEqual(found.out.split("\n"), ["0", "0", "B=two words", "PATH=/usr/bin", "PWD=/"]);
  assert.equal(found.err, "bad");
  assert.equal(found.timedOut, false);
});

test("another identity, the working directory and a writable mount are as asked", { skip }, async () => {
  const folder = mkdtempSync(join(root, "tmp", "w-"));
  const found = await sh("id -u; pwd; echo made > made", {
    user: { uid: 1000, gid: 1000 },
    workingDirectory: "/home/build",
    mounts: [...host, { source: folder, target: "/home/build", readOnly: false }],
  });
  assert.equal(found.out, "1000\n/home/build");
  assert.equal(readFileSync(join(folder, "made"), "utf8"), "made\n");
});

test("nothing of the host shows: no files, no network, no other processes, no input", { skip }, async () => {
  const found = await sh(
    `ls -d /work /root /var 2>/dev/null; grep -c : /proc/net/dev; ls -d /proc/[0-9]* | wc -l; cat; uname -n`,
  );
  const [devices, processes, name] = found.out.split("\n");
  assert.equal(devices, "1");
  assert.ok(Number(processes) < 8, processes);
  assert.equal(name, "localhost");
});

test("a read-only mount, a read-only root and the kernel's settings cannot be written", { skip }, async () => {
  assert.notEqual((await sh("echo x > /usr/x")).exitCode, 0);
  assert.notEqual((await sh("echo x > /x", { readOnlyRoot: true })).exitCode, 0);
  const again = "v=$(cat /proc/sys/vm/swappiness) && echo $v > /proc/sys/vm/swappiness";
  assert.notEqual((await sh(again)).exitCode, 0);
  assert.notEqual((await sh(again, { user: { uid: 1000, gid: 1000 } })).exitCode, 0);
  assert.notEqual((await sh(again, { capabilities: { add: ["SYS_ADMIN"], drop: [] } })).exitCode, 0);
  assert.notEqual((await sh("mount -t tmpfs none /tmp")).exitCode, 0);
});

test("a device node that root makes inside opens nothing", { skip }, async () => {
  const found = await sh("mknod /tmp/zero c 1 5 && head -c 1 /tmp/zero | wc -c; rm -f /tmp/zero");
  assert.doesNotMatch(found.out, /^1$/m);
});

test("a timeout ends the whole tree, also what left the session", { skip }, async () => {
  const folder = mkdtempSync(join(root, "tmp", "t-"));
  const inside = `/tmp/${folder.split("/").at(-1) ?? ""}`;
  const loop = `while :; do date +%N > ${inside}/$1; sleep 0.05; done`;
  const found = await sh(`setsid sh -c '${loop}' sh a & sh -c '${loop}' sh b`, { timeoutMs: 700 });
  assert.equal(found.timedOut, true);
  assert.equal(found.exitCode, 124);
  assert.deepEqual(readdirSync(folder).sort(), ["a", "b"]);
  await sleep(100);
  const before = readFileSync(join(folder, "a"), "utf8");
  await sleep(300);
  assert.equal(readFileSync(join(folder, "a"), "utf8"), before);
});

test("a timeout asks first where there is a signal to ask with, and ends what does not listen", { skip }, async () => {
  const loop = "while :; do sleep 0.05; done";
  const timed = (script: string, graceMs: number): ReturnType<typeof sh> =>
    sh(script, { timeoutMs: 400, stop: { signal: "SIGUSR1", graceMs } });
  const asked = await timed(`trap 'echo bye; exit 7' USR1; ${loop}`, 30_000);
  assert.deepEqual([asked.out, asked.exitCode, asked.timedOut], ["bye", 124, true]);
  assert.ok(asked.durationMs < 20_000);
  const deaf = await timed(`trap '' USR1; ${loop}`, 300);
  assert.deepEqual([deaf.exitCode, deaf.timedOut], [124, true]);
  assert.ok(deaf.durationMs >= 700, String(deaf.durationMs));
});

test("a process left in the background does not keep the command from ending", { skip }, async () => {
  const found = await sh("sleep 60 & exit 3");
  assert.equal(found.exitCode, 3);
  assert.ok(found.durationMs < 10_000);
});

test("cancelling ends the command with CANCELLED", { skip }, async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  await assert.rejects(sh("sleep 60", { signal: controller.signal }), { code: "CANCELLED" });
  await assert.rejects(sh("true", { signal: AbortSignal.abort() }), { code: "CANCELLED" });
});

test("a program that is not in the root is named", { skip }, async () => {
  await assert.rejects(sh("", { argv: ["/bin/nothing"] }), { code: "SANDBOX_NOT_STARTED", message: /\/bin\/nothing/ });
  await assert.rejects(sh("", { root: join(root, "absent") }), { code: "SANDBOX_NOT_STARTED" });
});

test("a missing bubblewrap is said, with what installs it", async () => {
  const absent = openBubblewrap({ program: "/nonexistent/bwrap" });
  const command = { root, argv: ["/bin/true"], env: {}, workingDirectory: "/" };
  await assert.rejects(absent.run(command), { code: "SANDBOX_MISSING", hint: /install bubblewrap/ });
});

test("variables do not stand in the process list", { skip }, async () => {
  let seen = "";
  await sh("echo up; sleep 0.5", {
    env: { PATH: "/usr/bin", TOKEN: "not-for-others-8d1f" },
    onLine: () => {
      seen = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    },
  });
  assert.match(seen, /bwrap/);
  assert.doesNotMatch(seen, /not-for-others-8d1f/);
});

const asUser = process.getuid?.() !== 0 ? "needs root to become another user" : skip;

test("an ordinary user is root inside as well", { skip: asUser }, async (t) => {
  const id = await runAs("id -u");
  if (id === undefined) t.skip("needs setpriv, and user namespaces for ordinary users");
  else assert.equal(id, "0");
});

/** What a command prints in a sandbox that the user nobody (65534) opened. */
async function runAs(script: string): Promise<string | undefined> {
  const { spawnSync } = await import("node:child_process");
  const url = new URL("./bubblewrap.ts", import.meta.url).href;
  const command = JSON.stringify({
    root,
    argv: ["/bin/sh", "-c", script],
    env: { PATH: "/usr/bin" },
    workingDirectory: "/",
    mounts: host,
  });
  const program = `const { openBubblewrap } = await import(${JSON.stringify(url)});
    await openBubblewrap().run({ ...${command}, onLine: (line) => console.log(line) });`;
  const ran = spawnSync(
    "setpriv",
    ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, "--input-type=module", "-e", program],
    { encoding: "utf8", cwd: "/" },
  );
  return ran.status === 0 ? ran.stdout.trim() : undefined;
}
