import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../checkout.ts";

/**
 * Fetches one Debian package of any architecture with apt, without touching the machine's own apt: lists, cache and status
 * are private folders, and the machine's sources are only read. apt still checks the archive's signatures.
 */

/** Downloads and unpacks `name` below `folder`; returns the folder that holds its files and its upstream version. */
export async function unpackDebianPackage(
  name: string,
  debianArch: "amd64" | "arm64",
  folder: string,
): Promise<{ readonly root: string; readonly version: string }> {
  const options = await privateApt(debianArch, folder);
  await requireSuccess("apt-get", [...options, "-q", "update"], folder);
  await requireSuccess("apt-get", [...options, "-q", "download", name], folder);
  const archive = (await readdir(folder)).find((file) => file.startsWith(`${name}_`) && file.endsWith(".deb"));
  if (archive === undefined) throw new Error(`apt-get download ${name} (${debianArch}) brought no file`);
  const root = join(folder, "root");
  await requireSuccess("dpkg-deb", ["-x", join(folder, archive), root], folder);
  return { root, version: upstreamVersion(archive) };
}

async function privateApt(debianArch: string, folder: string): Promise<string[]> {
  for (const name of ["lists/partial", "archives/partial", "sources.list.d"])
    await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, "status"), "");
  await writeFile(join(folder, "sources.list"), "");
  await copySources(debianArch, join(folder, "sources.list.d"));
  const settings: Record<string, string> = {
    "APT::Architecture": debianArch,
    "APT::Architectures": debianArch,
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Dir::Cache": folder,
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": join(folder, "sources.list.d"),
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::State::Status": join(folder, "status"),
  };
  return Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
}

/** Copies the machine's source lists, without their restriction to the machine's own architecture. */
async function copySources(debianArch: string, target: string): Promise<void> {
  const parts = (await readdir("/etc/apt/sources.list.d").catch(() => [])).map((name) => `sources.list.d/${name}`);
  for (const name of ["sources.list", ...parts]) {
    if (!/\.(list|sources)$/.test(name)) continue;
    const text = await readFile(join("/etc/apt", name), "utf8").catch(() => "");
    await writeFile(join(target, name.replaceAll("/", "-")), forArchitecture(text, debianArch));
  }
}

/** Exported for its test: Ubuntu keeps all but amd64 and i386 in an archive of its own, on the host `ports` beside `archive`. */
export function forArchitecture(sources: string, debianArch: string): string {
  const open = sources.replace(/\[([^\]]*)\barch=[^\s\]]+([^\]]*)\]/g, "[$1$2]").replace(/^Architectures:.*\n/gim, "");
  const withoutEmpty = open.replace(/\[\s*\]\s*/g, "");
  return debianArch === "amd64"
    ? withoutEmpty
    : withoutEmpty.replace(/(https?:\/\/)(?:[\w-]+\.)*(ubuntu\.\w+)\/ubuntu\/?(?=\s|$)/gm, "$1ports.$2/ubuntu-ports");
}

/** `busybox-static_1%3a1.35.0-4+deb12u1_arm64.deb` → `1.35.0`. */
function upstreamVersion(file: string): string {
  return /_(?:\d+%3a)?(\d+(?:\.\d+)*)/.exec(file)?.[1] ?? "0";
}

async function requireSuccess(command: string, args: readonly string[], folder: string): Promise<void> {
  const { status, output } = await runCommand(command, args, { HOME: folder }, folder);
  if (status !== 0) throw new Error(`${command} failed (${status}):\n${output.trimEnd()}`);
}
