import assert from "node:assert/strict";
import { test } from "node:test";
import { bubblewrapArguments } from "./bubblewrap-arguments.ts";
import type { SandboxCommand } from "./sandbox.ts";

const command: SandboxCommand = { root: "/r", argv: ["/bin/true"], env: {}, workingDirectory: "/" };
const asRoot = { uid: 0, resolverFile: "/etc/resolv.conf" };
const asUser = { uid: 1001, resolverFile: "/etc/resolv.conf" };

const after = (args: readonly string[], option: string): string[] =>
  args.flatMap((arg, at) => (arg === option ? [args.slice(at + 1, at + 3).join(" ")] : []));

test("the host's root stays root without a user namespace, everybody else becomes root in one", () => {
  assert.ok(!bubblewrapArguments(command, asRoot).includes("--unshare-user"));
  const args = bubblewrapArguments(command, asUser);
  assert.deepEqual(after(args, "--unshare-user"), ["--uid 0"]);
  assert.deepEqual(after(args, "--uid"), ["0 --gid"]);
});

test("another identity takes a user namespace whoever starts it", () => {
  for (const host of [asRoot, asUser]) {
    const args = bubblewrapArguments({ ...command, user: { uid: 1000, gid: 100 } }, host);
    assert.ok(args.includes("--unshare-user"));
    assert.deepEqual(after(args, "--uid"), ["1000 --gid"]);
  }
});

test("the network is off unless it is asked for, and then names resolve", () => {
  const off = bubblewrapArguments(command, asRoot);
  assert.ok(off.includes("--unshare-net"));
  assert.ok(!off.includes("/etc/resolv.conf"));
  const on = bubblewrapArguments({ ...command, network: true }, asRoot);
  assert.ok(!on.includes("--unshare-net"));
  assert.deepEqual(after(on, "--ro-bind"), ["/etc/resolv.conf /etc/resolv.conf"]);
  const linked = bubblewrapArguments({ ...command, network: true, resolverPlace: "/run/resolv.conf" }, asRoot);
  assert.deepEqual(after(linked, "--ro-bind"), ["/etc/resolv.conf /run/resolv.conf"]);
});

test("every command dies with us and gets its own session, except where a person sits at it", () => {
  for (const option of ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--new-session"]) {
    assert.ok(bubblewrapArguments(command, asUser).includes(option), option);
  }
  assert.ok(!bubblewrapArguments({ ...command, interactive: true }, asUser).includes("--new-session"));
});

test("variables are set in code unit order over an empty environment", () => {
  const args = bubblewrapArguments({ ...command, env: { b: "2", A: "1" } }, asRoot);
  const from = args.indexOf("--clearenv");
  assert.deepEqual(args.slice(from, from + 7), ["--clearenv", "--setenv", "A", "1", "--setenv", "b", "2"]);
});

test("capabilities are the usual ones, plus and minus what is asked", () => {
  const named = (capabilities: { add: string[]; drop: string[] }): string[] =>
    after(bubblewrapArguments({ ...command, capabilities }, asRoot), "--cap-add").map((two) => two.split(" ")[0] ?? "");
  assert.equal(named({ add: [], drop: [] }).length, 14);
  assert.ok(named({ add: ["sys_admin"], drop: [] }).includes("CAP_SYS_ADMIN"));
  assert.ok(!named({ add: [], drop: ["CAP_CHOWN"] }).includes("CAP_CHOWN"));
  assert.deepEqual(named({ add: ["SYS_ADMIN"], drop: ["ALL"] }), []);
});

test("mounts come after the root in the order given, and a read-only root is remounted last", () => {
  const mounts = [
    { source: "/a", target: "/x", readOnly: false },
    { source: "/b", target: "/y", readOnly: true },
  ];
  const args = bubblewrapArguments({ ...command, mounts, readOnlyRoot: true }, asRoot);
  assert.deepEqual(after(args, "--bind"), ["/r /", "/a /x"]);
  assert.deepEqual(after(args, "--ro-bind"), ["/b /y"]);
  assert.ok(args.indexOf("--remount-ro") > args.indexOf("/y"));
});

test("what no sandbox can be given is refused before anything starts", () => {
  const wrong: SandboxCommand[] = [
    { ...command, env: { "A=B": "1" } },
    { ...command, env: { "": "1" } },
    { ...command, env: { A: "1\0" } },
    { ...command, argv: ["a\0b"] },
    { ...command, workingDirectory: "home" },
    { ...command, mounts: [{ source: "/a", target: "x", readOnly: true }] },
    { ...command, capabilities: { add: ["SYS ADMIN"], drop: [] } },
  ];
  for (const each of wrong) assert.throws(() => bubblewrapArguments(each, asRoot), { code: "SANDBOX_BAD_COMMAND" });
});

test("whoever asks for more than the usual capabilities gets them over a user namespace only", () => {
  const asked = { ...command, capabilities: { add: ["SYS_ADMIN"], drop: [] } };
  assert.ok(bubblewrapArguments(asked, asRoot).includes("--unshare-user"));
});

test("the kernel's settings are covered wherever the host's root is inside", () => {
  const host = { ...asRoot, kernelSettings: ["/proc/sys"] };
  for (const user of [undefined, { uid: 1000, gid: 1000 }]) {
    const args = bubblewrapArguments(user === undefined ? command : { ...command, user }, host);
    assert.deepEqual(after(args, "--ro-bind"), ["/proc/sys /proc/sys"]);
  }
  assert.deepEqual(after(bubblewrapArguments(command, { ...host, uid: 1001 }), "--ro-bind"), []);
});
