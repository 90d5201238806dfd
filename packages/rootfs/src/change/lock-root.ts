import { spawn, type ChildProcess } from "node:child_process";
import { lstatSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { RootfsError } from "../rootfs-error.ts";

/** Lets the lock go. */
export type Unlock = () => Promise<void>;

/** What flock(1) ends with when another process holds the lock. */
const held = 1;

/** A killed process has let go of its lock a moment later. */
const attempts = 10;
const pauseMs = 100;

/**
 * Takes the lock that apk takes before it changes a root (`lock` beside the database), so that the two keep out of each
 * other's way; waits a second for it. Node has no call for it: flock(1), which every distribution has, holds it, and lets it
 * go when this process ends in any way. Undefined where there is no flock(1).
 * @throws RootfsError ROOTFS_LOCKED; ROOTFS_UNWRITABLE where the lock cannot be made; ROOTFS_UNSAFE_PATH where it is no file
 */
export async function lockRoot(path: string, searchPath: string | undefined): Promise<Unlock | undefined> {
  requireRegular(path);
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryLock(path, searchPath);
    if (typeof outcome !== "number") return outcome;
    if (outcome !== held) throw unlockable(path, outcome);
    if (attempt === attempts) throw locked(path);
    await pause(pauseMs);
  }
}

/** How to let go; undefined without flock(1); or the status that it ended with. */
function tryLock(path: string, searchPath: string | undefined): Promise<Unlock | undefined | number> {
  const child = spawn("flock", ["-n", "-x", path, "sh", "-c", "echo held; exec cat >/dev/null"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: searchPath },
  });
  child.stdin.on("error", () => undefined);
  return new Promise((resolve) => {
    child.once("error", () => {
      resolve(undefined);
    });
    child.once("close", (status) => {
      resolve(status ?? held);
    });
    child.stdout.once("data", () => {
      resolve(() => letGo(child));
    });
  });
}

async function letGo(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.stdin?.end();
  if (child.exitCode === null && child.signalCode === null) await ended;
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

function unlockable(path: string, status: number): RootfsError {
  return new RootfsError("ROOTFS_UNWRITABLE", `cannot lock the root: flock on ${path} ended with ${String(status)}`, {
    hint: "see that you may write there",
    context: { path },
  });
}
