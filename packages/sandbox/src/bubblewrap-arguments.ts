import { compareBytes } from "@apkmill/core";
import { capabilitiesFor } from "./capabilities.ts";
import { SandboxError } from "./sandbox-error.ts";
import type { SandboxCommand } from "./sandbox.ts";

/** What the arguments depend on beside the command. */
export interface SandboxHost {
  /** The numeric user that starts bubblewrap. */
  readonly uid: number;
  /** The file that tells programs how to resolve names, bound where the command reaches the network; undefined for none. */
  readonly resolverFile?: string | undefined;
  /** What root could change the kernel by below /proc, as far as this kernel has it. */
  readonly kernelSettings?: readonly string[];
  /** A directory of facts about processors and memory that build tools size themselves by; undefined for none. */
  readonly machineFacts?: string | undefined;
}

/**
 * bubblewrap's options for a command, without the command itself.
 *
 * Inside, the command sees its root, fresh `/proc` and `/dev`, its mounts, and nothing else: own process, IPC, host name and
 * control group namespaces, and an own network without any device unless it asked for the host's. It dies with us.
 * @throws SandboxError SANDBOX_BAD_COMMAND
 */
export function bubblewrapArguments(command: SandboxCommand, host: SandboxHost): string[] {
  const args = [
    ...isolation(command),
    ...identity(command, host.uid),
    ...fileSystems(command, host),
    ...capabilities(command),
    ...environment(command),
    ...["--chdir", absolute(command.workingDirectory)],
  ];
  requireNoNul([...args, ...command.argv]);
  return args;
}

function isolation(command: SandboxCommand): string[] {
  return [
    ...["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent"],
    ...["--hostname", "localhost"],
    ...(command.network === true ? [] : ["--unshare-net"]),
    // Without a session of its own a command could push characters into our terminal (TIOCSTI). A person at an
    // interactive shell needs that terminal and accepts it.
    ...(command.interactive === true ? [] : ["--new-session"]),
  ];
}

/**
 * Root inside is the host's root where we are root, so that ownership can be given away; otherwise a user namespace makes
 * the caller appear as whoever is wanted. A program sees the same identity either way. Whoever asks for more than the usual
 * capabilities gets them over a user namespace, never over the host.
 */
function identity(command: SandboxCommand, hostUid: number): string[] {
  const user = command.user ?? { uid: 0, gid: 0 };
  const unusual = (command.capabilities?.add.length ?? 0) > 0;
  if (hostUid === 0 && user.uid === 0 && user.gid === 0 && !unusual) return [];
  return ["--unshare-user", "--uid", String(user.uid), "--gid", String(user.gid)];
}

function fileSystems(command: SandboxCommand, host: SandboxHost): string[] {
  return [
    ...["--bind", command.root, "/"],
    ...["--dev", "/dev", "--proc", "/proc"],
    ...(host.uid === 0 ? (host.kernelSettings ?? []).flatMap((path) => ["--ro-bind", path, path]) : []),
    ...(host.machineFacts === undefined ? [] : machineFacts(host.machineFacts)),
    ...(command.network === true && host.resolverFile !== undefined
      ? ["--ro-bind", host.resolverFile, absolute(command.resolverPlace ?? "/etc/resolv.conf")]
      : []),
    ...(command.mounts ?? []).flatMap((mount) => [
      mount.readOnly ? "--ro-bind" : "--bind",
      mount.source,
      absolute(mount.target),
    ]),
    // Last, because the places that are mounted upon may have to be made first.
    ...(command.readOnlyRoot === true ? ["--remount-ro", "/"] : []),
  ];
}

/**
 * What needs covering where we are root: the kernel lets the host's root write `/proc/sys/**` by its user id alone, without any
 * capability and from inside a user namespace too, and bubblewrap covers only directories that are writable themselves.
 */
export const kernelSettings = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** The rest of /sys names the host's devices and lets root change them: melange shows all of it, a build needs none of it. */
function machineFacts(path: string): string[] {
  return ["--tmpfs", "/sys", "--ro-bind", path, path, "--remount-ro", "/sys"];
}

function capabilities(command: SandboxCommand): string[] {
  const names = capabilitiesFor(command.capabilities ?? { add: [], drop: [] });
  return ["--cap-drop", "ALL", ...names.flatMap((name) => ["--cap-add", name])];
}

function environment(command: SandboxCommand): string[] {
  const names = Object.keys(command.env).sort(compareBytes);
  const wrong = names.find((name) => name === "" || name.includes("="));
  if (wrong !== undefined) {
    throw new SandboxError("SANDBOX_BAD_COMMAND", `expected the name of an environment variable, found "${wrong}"`);
  }
  return ["--clearenv", ...names.flatMap((name) => ["--setenv", name, command.env[name] ?? ""])];
}

function absolute(path: string): string {
  if (path.startsWith("/")) return path;
  throw new SandboxError("SANDBOX_BAD_COMMAND", `expected an absolute path inside the sandbox, found "${path}"`);
}

function requireNoNul(texts: readonly string[]): void {
  const wrong = texts.find((text) => text.includes("\0"));
  if (wrong === undefined) return;
  throw new SandboxError(
    "SANDBOX_BAD_COMMAND",
    `an argument or variable has a NUL: ${JSON.stringify(wrong.slice(0, 60))}`,
  );
}
