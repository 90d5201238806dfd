import assert from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "./host.ts";
import { setUpSandbox } from "./set-up.ts";

const qemuEntry = [
  "enabled",
  "flags: F",
  "offset 0",
  "magic 7f454c460201010000000000000000000200b700",
  "mask ffffffffffffff00fffffffffffffffffeffffff",
].join("\n");

/** A bare Ubuntu that changes as commands are run on it. */
function bareUbuntu({ stubborn = false } = {}): { host: Host; ran: string[] } {
  const files = new Map([
    ["/etc/os-release", "ID=ubuntu\n"],
    ["/var/lib/apt/lists/x_Packages", ""],
    ["/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"],
    ["/proc/sys/fs/binfmt_misc/register", ""],
  ]);
  const has = new Set<string>();
  const ran: string[] = [];
  const host: Host = {
    uid: 1000,
    arch: "x86_64",
    readText: (path) => Promise.resolve(files.get(path)),
    list: (folder) =>
      Promise.resolve(
        [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
      ),
    run: (argv) => {
      if (argv[0] === "bwrap") {
        const exitCode = !has.has("bubblewrap") ? undefined : has.has("userns") ? 0 : 1;
        return Promise.resolve({ exitCode, output: "bwrap: denied" });
      }
      ran.push(argv[0] ?? "");
      if (stubborn) return Promise.resolve({ exitCode: 0, output: "" });
      if (argv.includes("bubblewrap")) has.add("bubblewrap");
      if (argv[0] === "sysctl") has.add("userns");
      if (argv.includes("qemu-user-static")) files.set("/proc/sys/fs/binfmt_misc/qemu-aarch64", qemuEntry);
      return Promise.resolve({ exitCode: argv[0] === "apparmor_parser" ? undefined : 0, output: "" });
    },
  };
  return { host, ran };
}

test("a bare machine is made usable, one problem after the other", async () => {
  const { host } = bareUbuntu();
  const done = await setUpSandbox({ archs: ["x86_64", "aarch64"], host });
  assert.deepEqual(
    done.map((step) => step.reason),
    [
      "install bubblewrap",
      "set kernel.apparmor_restrict_unprivileged_userns",
      "install qemu-user-static and binfmt-support",
    ],
  );
  assert.deepEqual(await setUpSandbox({ archs: ["x86_64", "aarch64"], host }), []);
});

test("a command that changes nothing is not repeated for ever", async () => {
  const { host, ran } = bareUbuntu({ stubborn: true });
  await assert.rejects(setUpSandbox({ archs: ["x86_64"], host }), { code: "SANDBOX_SET_UP_FAILED" });
  assert.deepEqual(ran, ["apt-get"]);
});

test("a command that fails is named with the line to run by hand", async () => {
  const { host } = bareUbuntu();
  const runAsRoot: Host["run"] = () => Promise.resolve({ exitCode: 100, output: "E: no network\n" });
  await assert.rejects(setUpSandbox({ archs: ["x86_64"], host, runAsRoot }), (error: unknown) => {
    assert.match(String(error), /cannot install bubblewrap: E: no network/);
    return true;
  });
});
