import { chmod, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fetchPackages, type StoredPackage } from "@apkmill/apk";
import { loadAccountFiles, planInstall, writePlanToDisk, type InstallPlan } from "@apkmill/rootfs";
import { BuildError } from "./build-error.ts";
import type { BuildPorts } from "./build-options.ts";
import type { CompiledPackage } from "./compiled.ts";
import { addAccounts, writeOwnFile, type GuestAccounts } from "./guest-accounts.ts";
import type { ResolvedEnvironment } from "./resolve-environment.ts";

/** A root that a build runs in. */
export interface Guest {
  readonly root: string;
  readonly accounts: GuestAccounts;
}

/**
 * Lays the environment's packages down in `root`, adds its accounts, and does what their scripts would have to: BusyBox's
 * commands as links, the loader's cache.
 * @throws BuildError BUILD_ENVIRONMENT; RootfsError; SandboxError
 */
export async function layEnvironment(
  ports: BuildPorts,
  compiled: CompiledPackage,
  resolved: ResolvedEnvironment,
  root: string,
): Promise<Guest> {
  const packages = await fetchPackages(ports, resolved.packages);
  const plan = await planEnvironment(ports, compiled, resolved, packages);
  const owners = process.getuid?.() === 0 ? "apply" : "skip";
  await writePlanToDisk(ports, plan, packages, root, { owners });
  const accounts = await addAccounts(root, compiled.environment.accounts);
  // The host's is mounted here; a link of the guest's would lead that mount elsewhere.
  await writeOwnFile(join(root, "etc/resolv.conf"), "");
  await provideTemporaryFolder(join(root, "tmp"));
  await runPreparations(ports, plan, root);
  return { root, accounts };
}

async function provideTemporaryFolder(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) !== undefined) return;
  await mkdir(path);
  await chmod(path, 0o1777);
}

async function planEnvironment(
  ports: BuildPorts,
  compiled: CompiledPackage,
  { world }: ResolvedEnvironment,
  packages: readonly StoredPackage[],
): Promise<InstallPlan> {
  return planInstall({
    packages,
    accountFiles: await loadAccountFiles(ports, packages),
    world,
    arch: compiled.arch,
    identicalFiles: "keep-first",
    limits: ports.limits,
  });
}

async function runPreparations(ports: BuildPorts, plan: InstallPlan, root: string): Promise<void> {
  const has = (pattern: RegExp): string | undefined => {
    const path = plan.entries.find((entry) => pattern.test(entry.path) && entry.type !== "directory")?.path;
    return path === undefined ? undefined : `/${path}`;
  };
  const busybox = has(/^(?:usr\/)?bin\/busybox$/);
  const ldconfig = has(/^(?:usr\/)?sbin\/ldconfig$/);
  if (busybox !== undefined) {
    await runQuietly(ports, root, [busybox, "mkdir", "-p", "/bin", "/sbin", "/usr/bin", "/usr/sbin"]);
    // It complains of names that packages have taken, and goes on.
    await runQuietly(ports, root, [busybox, "--install", "-s"], { mayFail: true });
  }
  if (ldconfig !== undefined) await runQuietly(ports, root, [ldconfig, "/lib"], { mayFail: true });
}

async function runQuietly(
  ports: BuildPorts,
  root: string,
  argv: readonly string[],
  { mayFail = false }: { readonly mayFail?: boolean } = {},
): Promise<void> {
  const lines: string[] = [];
  const { exitCode } = await ports.sandbox.run({
    root,
    argv,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    workingDirectory: "/",
    signal: ports.signal,
    onLine: (line) => {
      lines.push(line);
      ports.log.debug(line);
    },
  });
  if (exitCode === 0 || mayFail) return;
  throw new BuildError(
    "BUILD_ENVIRONMENT",
    `${argv.join(" ")} in the build environment: exit code ${String(exitCode)}: ${lines.at(-1) ?? ""}`,
    {
      kind: "pipeline",
    },
  );
}
