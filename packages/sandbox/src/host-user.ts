import { spawn } from "node:child_process";

/**
 * True when another user of this machine may make a sandbox: user namespaces are open to it. Asked by trying, as distributions
 * forbid them in several ways.
 */
export function canStartAs(program: string, user: { readonly uid: number; readonly gid: number }): Promise<boolean> {
  const identity = ["--unshare-user", "--uid", String(user.uid), "--gid", String(user.gid)];
  const trial = [...identity, "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"];
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "" };
    const child = spawn(program, trial, { stdio: "ignore", env, ...user });
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}
