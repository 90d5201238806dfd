import { probeSandbox } from "./probe.ts";
import { thisHost, type Host } from "./host.ts";
import { shellText, type Remedy } from "./remedy.ts";
import { SandboxError } from "./sandbox-error.ts";

/** More problems than this one behind another are not known: tool, namespaces, mount, emulator, registration. */
const rounds = 6;

/**
 * Makes the sandbox usable for the architectures (apk's names): installs what is missing, permits user namespaces, mounts
 * binfmt_misc and registers emulators. Needs root, itself or through `runAsRoot`. Returns what it did, in order; nothing when
 * all was well.
 * @throws SandboxError SANDBOX_SET_UP_FAILED when a command fails; the problem's own code where no command can help
 */
export async function setUpSandbox({
  archs,
  host = thisHost(),
  runAsRoot = host.run,
  onStep = () => undefined,
}: {
  readonly archs: readonly string[];
  readonly host?: Host;
  readonly runAsRoot?: Host["run"];
  readonly onStep?: (step: Remedy) => void;
}): Promise<Remedy[]> {
  const done: Remedy[] = [];
  for (const arch of archs) {
    for (let round = 0; round < rounds; round += 1) {
      const steps = await remediesFor(host, arch);
      if (steps.length === 0) break;
      requireProgress(steps, done, round);
      for (const step of steps) {
        onStep(step);
        await apply(step, runAsRoot);
        done.push(step);
      }
    }
  }
  return done;
}

async function remediesFor(host: Host, arch: string): Promise<readonly Remedy[]> {
  const probe = await probeSandbox({ arch, host });
  if (probe.usable) return [];
  if (probe.remedies.length === 0) throw new SandboxError(probe.code, probe.problem, { hint: probe.hint });
  return probe.remedies;
}

/** A remedy that was applied and is asked for again did not help. */
function requireProgress(steps: readonly Remedy[], done: readonly Remedy[], round: number): void {
  const again = steps.find((step) => done.some((earlier) => shellText(earlier.command) === shellText(step.command)));
  if (again === undefined && round < rounds - 1) return;
  throw new SandboxError("SANDBOX_SET_UP_FAILED", `${(again ?? steps[0])?.reason ?? "setting up"} did not help`, {
    hint: "run the sandbox probe and follow its hint by hand",
  });
}

async function apply(step: Remedy, runAsRoot: Host["run"]): Promise<void> {
  const { exitCode, output } = await runAsRoot(step.command);
  if (exitCode === 0) return;
  const last = output.trim().split("\n").at(-1) ?? "";
  throw new SandboxError("SANDBOX_SET_UP_FAILED", `cannot ${step.reason}: ${last === "" ? "no such program" : last}`, {
    hint: `as root, run: ${shellText(step.command)}`,
  });
}
