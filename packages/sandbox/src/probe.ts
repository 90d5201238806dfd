import { installCommand } from "./distribution.ts";
import { isNative, missingEmulation } from "./emulation.ts";
import { thisHost, type Host } from "./host.ts";
import { forbiddenNamespaces } from "./namespaces.ts";
import { shellText, type Remedy } from "./remedy.ts";
import { SandboxError, type SandboxErrorCode } from "./sandbox-error.ts";

/** Whether packages of an architecture can be built here, and if not, why and what mends it. */
export type SandboxProbe =
  | { readonly usable: true; readonly emulated: boolean }
  | {
      readonly usable: false;
      readonly code: SandboxErrorCode;
      readonly problem: string;
      readonly hint: string;
      /** Commands for root that remove this problem; another may then show. Empty when it takes a person. */
      readonly remedies: readonly Remedy[];
    };

/** Tries the sandbox for one architecture (apk's name; this machine's own when left out). Changes nothing. */
export async function probeSandbox({
  arch,
  host = thisHost(),
}: {
  readonly arch?: string;
  readonly host?: Host;
} = {}): Promise<SandboxProbe> {
  const tried = await host.run(trial(host.uid));
  if (tried.exitCode === undefined) return missing(host);
  if (tried.exitCode !== 0) return forbidden(host, firstLine(tried.output));
  const wanted = arch ?? host.arch;
  if (isNative(host.arch, wanted)) return { usable: true, emulated: false };
  return emulated(host, wanted);
}

/** @throws SandboxError with the probe's code and hint when the sandbox is not usable */
export function requireUsable(probe: SandboxProbe): void {
  if (!probe.usable) throw new SandboxError(probe.code, probe.problem, { hint: probe.hint });
}

/** The namespaces and mounts that a build asks for, around a program that does nothing. */
function trial(uid: number): string[] {
  return [
    "bwrap",
    ...(uid === 0 ? [] : ["--unshare-user", "--uid", "0", "--gid", "0"]),
    ...["--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"],
  ];
}

async function missing(host: Host): Promise<SandboxProbe> {
  const remedy = await installCommand(host, "bubblewrap");
  return problemOf(
    "SANDBOX_MISSING",
    "bubblewrap is not installed",
    "install bubblewrap",
    remedy === undefined ? [] : [remedy],
  );
}

async function forbidden(host: Host, said: string): Promise<SandboxProbe> {
  const { problem, advice, remedies } = await forbiddenNamespaces(host, said);
  return problemOf("SANDBOX_FORBIDDEN", problem, advice ?? "permit user namespaces", remedies);
}

async function emulated(host: Host, arch: string): Promise<SandboxProbe> {
  const found = await missingEmulation(host, arch);
  if (found === undefined) return { usable: true, emulated: true };
  const install = await installCommand(host, "emulation");
  const remedies = found.remedies.length > 0 ? found.remedies : install === undefined ? [] : [install];
  const problem = `this ${host.arch} machine cannot run ${arch} programs: ${found.problem}`;
  return problemOf("SANDBOX_NO_EMULATOR", problem, "install QEMU's user emulation and register it", remedies);
}

function problemOf(code: SandboxErrorCode, problem: string, advice: string, remedies: readonly Remedy[]): SandboxProbe {
  const commands = remedies.map((remedy) => shellText(remedy.command)).join(" && ");
  const hint = remedies.length === 0 ? advice : `run as root: ${commands}`;
  return { usable: false, code, problem, hint, remedies };
}

const firstLine = (text: string): string => text.trim().split("\n", 1)[0] ?? "";
