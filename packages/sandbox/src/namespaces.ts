import type { Host } from "./host.ts";
import type { Remedy } from "./remedy.ts";

/**
 * Why bubblewrap may not make its namespaces here, found from the settings that are known to forbid it, and the narrowest
 * change that permits it. Called only after bubblewrap was tried and failed.
 */
export async function forbiddenNamespaces(
  host: Host,
  said: string,
): Promise<{ readonly problem: string; readonly advice?: string; readonly remedies: readonly Remedy[] }> {
  const setting = async (name: string): Promise<string | undefined> =>
    (await host.readText(`/proc/sys/${name}`))?.trim();
  if (host.uid !== 0) {
    if ((await setting("kernel/unprivileged_userns_clone")) === "0")
      return bySysctl("kernel.unprivileged_userns_clone", "0", "1");
    if ((await setting("kernel/apparmor_restrict_unprivileged_userns")) === "1") return await byAppArmor(host);
  }
  if ((await setting("user/max_user_namespaces")) === "0") return bySysctl("user.max_user_namespaces", "0", "15000");
  if (await isContainer(host)) {
    return {
      problem: `this container forbids what bubblewrap needs (${said})`,
      advice: "start the container with --privileged, or run apkmill outside of one",
      remedies: [],
    };
  }
  return {
    problem: `bubblewrap cannot make a sandbox here (${said})`,
    advice: "run as root, or permit user namespaces",
    remedies: [],
  };
}

function bySysctl(name: string, found: string, wanted: string): { problem: string; remedies: Remedy[] } {
  return {
    problem: `the kernel forbids user namespaces (${name}=${found})`,
    remedies: [{ reason: `set ${name}`, command: ["sysctl", "-w", `${name}=${wanted}`] }],
  };
}

/**
 * Ubuntu from 23.10 on: AppArmor denies user namespaces to every program without a profile that says otherwise. A profile for
 * bubblewrap alone leaves the restriction in place for all others; without AppArmor's tools the setting itself is all there is.
 */
async function byAppArmor(host: Host): Promise<{ problem: string; remedies: Remedy[] }> {
  const setting = "kernel.apparmor_restrict_unprivileged_userns";
  const problem = `AppArmor forbids user namespaces to programs without a profile (${setting}=1)`;
  const hasTools = (await host.run(["apparmor_parser", "--version"])).exitCode === 0;
  if (!hasTools)
    return { problem, remedies: [{ reason: `set ${setting}`, command: ["sysctl", "-w", `${setting}=0`] }] };
  const path = "/etc/apparmor.d/apkmill-bwrap";
  const script = 'printf %s "$1" > "$2" && apparmor_parser -r "$2"';
  return {
    problem,
    remedies: [
      { reason: "permit user namespaces to bubblewrap", command: ["sh", "-c", script, "sh", bubblewrapProfile, path] },
    ],
  };
}

const bubblewrapProfile = `abi <abi/4.0>,
include <tunables/global>

profile apkmill-bwrap /usr/bin/bwrap flags=(unconfined) {
  userns,
}
`;

async function isContainer(host: Host): Promise<boolean> {
  const marks = await Promise.all([
    host.readText("/.dockerenv"),
    host.readText("/run/.containerenv"),
    host.readText("/run/systemd/container"),
  ]);
  return marks.some((mark) => mark !== undefined);
}
