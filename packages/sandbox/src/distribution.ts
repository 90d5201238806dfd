import type { Host } from "./host.ts";
import type { Remedy } from "./remedy.ts";

/** What a machine lacks, under the name that each distribution's packages have. */
export type Tool = "bubblewrap" | "emulation";

interface Distribution {
  readonly ids: readonly string[];
  readonly install: readonly string[];
  readonly emulation: readonly string[];
}

const distributions: readonly Distribution[] = [
  {
    ids: ["debian", "ubuntu"],
    install: ["apt-get", "install", "-y", "--no-install-recommends"],
    emulation: ["qemu-user-static", "binfmt-support"],
  },
  { ids: ["fedora", "rhel", "centos"], install: ["dnf", "install", "-y"], emulation: ["qemu-user-static"] },
  {
    ids: ["arch"],
    install: ["pacman", "-S", "--noconfirm"],
    emulation: ["qemu-user-static", "qemu-user-static-binfmt"],
  },
  { ids: ["suse", "opensuse"], install: ["zypper", "install", "-y"], emulation: ["qemu-linux-user"] },
  { ids: ["alpine", "wolfi"], install: ["apk", "add"], emulation: ["qemu-aarch64", "qemu-openrc"] },
];

/** The command that installs a tool on this distribution, or undefined where we do not know it. */
export async function installCommand(host: Host, tool: Tool): Promise<Remedy | undefined> {
  const found = distributionOf((await host.readText("/etc/os-release")) ?? "");
  if (found === undefined) return undefined;
  const packages = tool === "bubblewrap" ? ["bubblewrap"] : found.emulation;
  const command = await refreshed(host, [...found.install, ...packages]);
  return { reason: `install ${packages.join(" and ")}`, command };
}

/** A bare Debian image has no package lists: installing needs them fetched first. */
async function refreshed(host: Host, install: readonly string[]): Promise<readonly string[]> {
  if (install[0] !== "apt-get") return install;
  const lists = await host.list("/var/lib/apt/lists");
  if (lists.some((name) => name.endsWith("Packages") || name.includes("_Packages"))) return install;
  return ["sh", "-c", `apt-get update && ${install.join(" ")}`];
}

function distributionOf(osRelease: string): Distribution | undefined {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=["']?([^"'\n]*)/gm)].flatMap((match) =>
    (match[1] ?? "").split(" "),
  );
  return distributions.find((distribution) => distribution.ids.some((id) => ids.includes(id)));
}
