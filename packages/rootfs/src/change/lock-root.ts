import { spawn } from "node:child_process";
import { lstatSync } from "node:fs";
import { RootfsError } from "../rootfs-error.ts";

/** Lets the lock go. */
export type Unlock = () => Promise<void>;

/**
 * Takes the lock that apk takes before it changes a root (`lock` beside the database), so that the two wait for each other.
 * Node has no call for it: flock(1), which every distribution has, holds it, and lets it go when this process ends in any
 * way. Undefined where there is no flock(1).
 * @throws RootfsError ROOTFS_LOCKED; ROOTFS_UNSAFE_PATH when the lock is no regular file
 */
export async function lockRoot(path: string, searchPath: string | undefined): Promise<Unlock | undefined> {
  requireRegular(path);
  const child = spawn("flock", ["-n", "-x", path, "sh", "-c", "echo held; exec cat >/dev/null"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: searchPath },
  });
  const ended = new Promise<"ended">((resolve) =>
    child.once("close", () => {
      resolve("ended");
    }),
  );
  const missing = new Promise<"missing">((resolve) =>
    child.once("error", () => {
      resolve("missing");
    }),
  );
  const held = new Promise<"held">((resolve) =>
    child.stdout.once("data", () => {
      resolve("held");
    }),
  );
  child.stdin.on("error", () => undefined);
  const first = await Promise.race([held, ended, missing]);
  if (first === "missing") return undefined;
  if (first === "ended") throw locked(path);
  return async () => {
    child.stdin.end();
    await ended;
  };
}

function requireRegular(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return;
  throw new RootfsError("ROOTFS_UNSAFE_PATH", `cannot lock the root: ${path} is no regular file`, {
    hint: "remove it: apk makes a new one",
    context: { path },
  });
}

function locked(path: string): RootfsError {
  return new RootfsError("ROOTFS_LOCKED", `cannot change the root: another process holds ${path}`, {
    hint: "wait until it has ended, and run it again",
    context: { path },
  });
}
